package com.example.erp;

import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.util.function.Predicate;

/** A connection to a cell; every call carries the token. Off loopback it is opened with TLS. */
final class Cell implements AutoCloseable {
  private static final long PATIENCE_MILLIS = 60_000;
  private static final long PAUSE_MILLIS = 50;

  private final ManagedChannel connection;
  private final Channel channel;

  Cell(String address, String token) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
    connection = NettyChannelBuilder.forTarget(address).usePlaintext().build();
    channel = ClientInterceptors.intercept(connection, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /**
   * Calls a method, {@code prm.partners.v1.PartnerService/GetPartner}, as a stub of protoc-gen-grpc-java would; {@code
   * answer} is the default instance of what it answers.
   */
  @SuppressWarnings("unchecked")
  <Q extends Message, A extends Message> A call(String method, Q request, A answer) {
    MethodDescriptor<Q, A> bound =
        MethodDescriptor.<Q, A>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(method)
            .setRequestMarshaller(ProtoUtils.marshaller((Q) request.getDefaultInstanceForType()))
            .setResponseMarshaller(ProtoUtils.marshaller(answer))
            .build();
    return ClientCalls.blockingUnaryCall(channel, bound, CallOptions.DEFAULT, request);
  }

  <Q extends Message, A extends Message> A eventually(String method, Q request, A answer) {
    return eventually(method, request, answer, found -> true);
  }

  /**
   * Repeats a call with the same request, after the delay that the cell names, until it succeeds and answers as wanted
   * or is refused for good.
   */
  <Q extends Message, A extends Message> A eventually(String method, Q request, A answer, Predicate<A> wanted) {
    long deadline = System.currentTimeMillis() + PATIENCE_MILLIS;
    while (true) {
      long delay = PAUSE_MILLIS;
      try {
        A found = call(method, request, answer);
        if (wanted.test(found)) {
          return found;
        }
      } catch (StatusRuntimeException err) {
        Duration retry = detail(err, RetryInfo.getDefaultInstance()).getRetryDelay();
        delay = retry.getSeconds() * 1000 + retry.getNanos() / 1_000_000;
        if (retry.equals(Duration.getDefaultInstance()) || System.currentTimeMillis() > deadline) {
          throw err;
        }
      }
      if (System.currentTimeMillis() > deadline) {
        throw new IllegalStateException(method + " did not answer as wanted within a minute");
      }
      pause(delay);
    }
  }

  /** Why a call was refused: the reason of its ErrorInfo. */
  static String reason(StatusRuntimeException err) {
    return detail(err, ErrorInfo.getDefaultInstance()).getReason();
  }

  @SuppressWarnings("unchecked")
  private static <T extends Message> T detail(StatusRuntimeException err, T none) {
    com.google.rpc.Status status = StatusProto.fromThrowable(err);
    try {
      for (var packed : status.getDetailsList()) {
        if (packed.is(none.getClass())) {
          return (T) packed.unpack(none.getClass());
        }
      }
    } catch (InvalidProtocolBufferException broken) {
      throw new IllegalStateException(broken);
    }
    return none;
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(stopped);
    }
  }

  @Override
  public void close() {
    connection.shutdownNow();
  }
}
