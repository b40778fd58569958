"""Decodes bytes to a request that keeps every rule of its proto; services receive no other requests.

The checks, in order: size, number of elements, parsing, rules (all violations at once), home cell of ids and
countries.
"""

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, Generic, TypeVar

from google.protobuf.descriptor import Descriptor
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.unknown_fields import UnknownFieldSet

from libs.country import Directory
from libs.errors import MAX_COUNTED, AppError, InvalidInput, Violation
from libs.mapping import value_violations
from libs.rpc.bounds import Counts, most_bytes
from libs.rpc.homes import Homes
from libs.rpc.masking import MASK_BYTES, Masks
from libs.rpc.rules import Engine, Rules
from libs.rpc.status import TooLarge

MAX_REQUEST_BYTES = 1024 * 1024
MAX_STREAMED_BYTES = 4 * 1024 * 1024

M = TypeVar("M", bound=Message)

_LENGTH_DELIMITED = 2
_DEPTH = 16


class Incoming(Generic[M]):
    """One message of a client's stream. An invalid one does not end the stream: the servicer answers it with its
    `refusal`, which is None for a valid one."""

    __slots__ = ("message", "refusal")

    def __init__(self, message: M, refusal: AppError | None) -> None:
        self.message = message
        self.refusal = refusal

    def checked(self) -> M:
        """The message if it is valid; otherwise its refusal is raised."""
        if self.refusal is not None:
            raise self.refusal
        return self.message


class Decoder:
    """Decodes and checks the requests of one method. Rows with the rule `items: {ignore: IGNORE_ALWAYS}` are not
    checked here; the servicer checks each of them."""

    __slots__ = ("_counts", "_descriptor", "_homes", "_masks", "_parse", "_rules", "max_bytes")

    def __init__(
        self,
        descriptor: Descriptor,
        validator: Engine,
        directory: Directory,
        *,
        max_bytes: int = MAX_REQUEST_BYTES,
    ) -> None:
        """max_bytes: the size limit; the limit is lower if the rules of the message allow less."""
        self._descriptor = descriptor
        self.max_bytes = min(max_bytes, most_bytes(descriptor) or max_bytes)
        self._counts = Counts.of(descriptor)
        self._parse = GetMessageClass(descriptor).FromString
        self._rules = Rules(validator)
        self._homes = Homes(descriptor, directory)
        self._masks = Masks(descriptor)

    def decode(self, body: bytes) -> Message:
        """The parsed request, not checked yet; TooLarge, or InvalidInput if it cannot be parsed."""
        if len(body) > self.max_bytes:
            raise too_large(len(body), self.max_bytes)
        self._counts.require(body)
        try:
            return self._parse(body)
        except DecodeError as err:
            raise InvalidInput(_malformed(self._descriptor, body)) from err

    def check(self, request: Message, body: bytes = MASK_BYTES) -> None:
        """InvalidInput with every broken rule, every mask in place of personal data and every meaningless value, or
        WrongCell for what another cell has. Values are checked here only if a rule is broken, because otherwise the
        mapper checks them. body: the bytes of the request, if they are at hand; they say fast that there is no mask."""
        masks = tuple(islice(self._masks.found_in(request), MAX_COUNTED)) if MASK_BYTES in body else ()
        if (found := self._rules.broken(request)) is not None:
            raise InvalidInput(chain(found, masks, value_violations(request)))
        if masks:
            raise InvalidInput(masks)
        self._homes.require(request)

    def receive(self, body: bytes) -> Incoming[Message]:
        """One message of a stream, with its refusal if it is invalid; InvalidInput or TooLarge if it cannot be
        parsed."""
        message = self.decode(body)
        try:
            self.check(message, body)
        except AppError as err:
            return Incoming(message, err)
        return Incoming(message, None)


def too_large(size_bytes: int, limit_bytes: int) -> TooLarge:
    """The refusal of a request of this size."""
    told = f"the request has {size_bytes} bytes, more than {limit_bytes}"
    return TooLarge(told, size_bytes=size_bytes, limit_bytes=limit_bytes)


def _malformed(descriptor: Descriptor, body: bytes) -> list[Violation]:
    """The violations of bytes that cannot be parsed: each string that is not UTF-8; else one for the whole body."""
    found = list(islice(_bad_strings(descriptor, body, "", 0), MAX_COUNTED))
    return found or [Violation("", f"the body is not a {descriptor.full_name}", "MALFORMED")]


def _bad_strings(descriptor: Descriptor, body: bytes, path: str, depth: int) -> Iterator[Violation]:
    try:
        fields: Any = UnknownFieldSet(Empty.FromString(body))
    except DecodeError:
        return
    seen: dict[int, int] = {}
    for unknown in fields:
        field = descriptor.fields_by_number.get(unknown.field_number)
        if field is None or unknown.wire_type != _LENGTH_DELIMITED:
            continue
        position = seen[field.number] = seen.get(field.number, -1) + 1
        name = f"{path}{field.name}" + (f"[{position}]" if field.is_repeated else "")
        if field.message_type is not None and depth < _DEPTH:
            yield from _bad_strings(field.message_type, unknown.data, f"{name}.", depth + 1)
        elif field.type == field.TYPE_STRING and not _is_utf8(unknown.data):
            yield Violation(name, "is not valid UTF-8", "NOT_UTF8")


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
