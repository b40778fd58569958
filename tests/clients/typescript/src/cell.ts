import { type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { ConnectError, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ErrorInfoSchema, RetryInfoSchema } from "../gen/typescript/google/rpc/error_details_pb.js";

const PATIENCE_MS = 60_000;
const PAUSE_MS = 50;

const authorized: Interceptor = (next) => (request) => {
  request.header.set("authorization", `Bearer ${process.env.PRM_TOKEN}`);
  return next(request);
};

/** A connection to the cell; every call on it carries the token. Off loopback the URL begins with https. */
export const cell = createGrpcTransport({ baseUrl: `http://${process.env.PRM_ADDRESS}`, interceptors: [authorized] });

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const detail = <T extends DescMessage>(err: ConnectError, schema: T): MessageShape<T> | undefined =>
  err.findDetails(schema)[0];

/** Why a call was refused: the reason of its ErrorInfo. */
export const reasonOf = (err: unknown): string => detail(ConnectError.from(err), ErrorInfoSchema)?.reason ?? "";

/**
 * Repeats a call, after the delay that the cell names, until it succeeds and answers as wanted or is refused for good.
 * `call` sends the same request each time.
 */
export async function eventually<A>(call: () => Promise<A>, wanted: (answer: A) => boolean = () => true): Promise<A> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    let delay = PAUSE_MS;
    try {
      const answer = await call();
      if (wanted(answer)) return answer;
    } catch (thrown) {
      const err = ConnectError.from(thrown);
      const retry = detail(err, RetryInfoSchema)?.retryDelay;
      if (!retry || Date.now() > deadline) throw err;
      delay = Number(retry.seconds) * 1000 + retry.nanos / 1e6;
    }
    if (Date.now() > deadline) throw new Error("no answer as wanted within a minute");
    await pause(delay);
  }
}
