"""A client that makes every call twice, by gRPC and in JSON, and fails unless both get the same answer or refusal."""

import json
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import msgspec
from google.protobuf import json_format
from google.protobuf.descriptor_pool import Default
from google.protobuf.message_factory import GetMessageClass
from google.rpc.status_pb2 import Status

from libs.rpc.client import CallFailed, Client, Session
from tests.posting import Posted, post
from tests.waiting import until

POSITION = "prm-position"

Outcome = tuple[str, Any]


class Answered(msgspec.Struct):
    """What one call got by each way. outcome: "OK" with the fields of the answer as JSON, or the code with its
    details."""

    outcome: Outcome
    raise_or_return: Any


class BothWays:
    """A Caller of `ScenarioClient`. Of every two calls, one is made by gRPC first, the other in JSON first. A mutation
    that was answered by the first way is a repetition by the second. `compared`: how often each method was answered;
    `refused`: how often it was refused alike."""

    def __init__(self, client: Client, session: Session, address: str, token: str) -> None:
        """session: that of the client. address: where the cell serves HTTP. token: that of the client."""
        self._client = client
        self._session = session
        self._address = address
        self._token = token
        self._calls = 0
        self.compared: dict[str, int] = {}
        self.refused: dict[str, int] = {}

    async def call(self, path: str, request: Any, /) -> Any:
        """The answer of both, by the first. CallFailed; AssertionError if they differ."""
        self._calls += 1
        ways = [self.by_grpc, self.in_json]
        first, second = ways if self._calls % 2 else ways[::-1]
        found = [await first(path, request)]
        other = await second(path, request)
        if found[0].outcome != other.outcome:
            await until(lambda: self._alike(path, request, found))
        once = found[0] if found[0].outcome[0] == "OK" else found[-1]  # some secrets are shown by the first answer only
        answer = once.raise_or_return
        seen = self.refused if isinstance(answer, CallFailed) else self.compared
        seen[path] = seen.get(path, 0) + 1
        if isinstance(answer, CallFailed):
            raise answer
        return answer

    def stream(self, path: str, request: Any, /) -> AsyncIterator[Any]:
        """By gRPC only."""
        return self._client.stream(path, request)

    async def _alike(self, path: str, request: Any, found: list[Answered]) -> bool:
        """Whether both ways agree now: an event may have arrived between the calls. What differs between two answers
        of gRPC too, because time passes, may differ."""
        before = await self.by_grpc(path, request)
        other = await self.in_json(path, request)
        after = await self.by_grpc(path, request)
        found.append(after)
        moving = differing(before.outcome, after.outcome)
        return differing(other.outcome, after.outcome) <= moving and before.outcome[0] == after.outcome[0]

    async def by_grpc(self, path: str, request: Any) -> Answered:
        """The outcome by gRPC."""
        try:
            answer = await self._client.call(path, request)
        except CallFailed as err:
            return Answered(_refusal(err), err)
        return Answered(("OK", json_format.MessageToDict(answer)), answer)

    async def in_json(self, path: str, request: Any) -> Answered:
        """The outcome in JSON."""
        positions = ",".join(value for _, value in self._session.headers(path))
        headers = {POSITION: positions} if positions else {}
        body = json_format.MessageToJson(request, indent=None).encode()
        posted = await post(self._address, path, body, token=self._token, headers=headers)
        if posted.status != 200:
            failed = _failed(posted)
            return Answered(_refusal(failed), failed)
        kind = GetMessageClass(Default().FindMethodByName(path.replace("/", ".")).output_type)
        if position := posted.headers.get(f"trailer-{POSITION}"):
            self._session.note(path, [(POSITION, position)])
        return Answered(("OK", posted.json), json_format.Parse(posted.body, kind()))


def _failed(posted: Posted) -> CallFailed:
    """A refusal in JSON, from the bytes of its details. AssertionError if their fields say something else."""
    status = Status(message=posted.json["message"])
    for one in posted.json["details"]:
        raw = b64decode(one["value"] + "=" * (-len(one["value"]) % 4))
        packed = status.details.add(type_url=f"type.googleapis.com/{one['type']}", value=raw)
        said = json_format.MessageToDict(packed)
        assert said == {"@type": packed.type_url} | one["debug"], said
    return CallFailed(posted.json["code"].upper(), status.message, status)


def _refusal(err: CallFailed) -> Outcome:
    violations = [tuple(one) for one in err.violations]
    return err.code, (err.message, err.reason, err.metadata, violations, err.retry_after_seconds is not None)


def differing(one: Outcome, other: Outcome) -> set[str]:
    """The places in which two outcomes differ."""
    left, right = dict(_leaves(one, "")), dict(_leaves(other, ""))
    return {place for place in left.keys() | right.keys() if left.get(place) != right.get(place)}


def _leaves(tree: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from _leaves(value, f"{place}.{key}")
    elif isinstance(tree, list | tuple):
        for at, value in enumerate(tree):
            yield from _leaves(value, f"{place}[{at}]")
    else:
        yield place, json.dumps(tree)
