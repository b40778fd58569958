"""Marks in the personal data of requests, and the search for them in files.

Every mark begins with the same letters or digits, so that one search for these finds all marks in an encoding. They are
so long that random data has them by chance in less than one of 10^9 runs (`test_marks.py`): four letters stood in the
base64 of a key store once.
"""

import base64
import hashlib
import re
import unicodedata
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from libs.pb.prm.common.v1.person_pb2 import Person, PersonalText, PostalAddress
from libs.pb.prm.options.v1 import options_pb2
from libs.privacy.sealing.places import IMPERSONAL, ORGANISATION
from libs.privacy.unsought import flag_of

LETTERS, DIGITS = "qzjxkvwqjzxv", "4930907174826"
LOCALE = "de-qzjxkvwq"  # a subtag has eight characters at most; no base64 and no hexadecimal digits have the hyphen
_TEXT_SIZE = 8
_UNMARKED = {"user.contact.address.country"}  # two letters
_PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")


_ADDED: dict[str, Message] = {
    "Person": Person(name="Somebody Else", email="somebody.else@example.org"),
    "PersonalText": PersonalText(text="What somebody said"),
    "PostalAddress": PostalAddress(country="DE", subdivision="BE", city="City", postal_code="1", lines=["Street"]),
}


class Marks:
    """Puts marks into requests. values: every value that was put, by the full name of its field."""

    def __init__(self) -> None:
        self.values: dict[str, set[str]] = {}

    def mark(self, message: Message) -> None:
        """Mark every personal field of the message that is set, also the facts about an organisation that is a person,
        and every field of a Person in it; a text, a person or
        an address that is missing is added, except to an update, which names its fields. The same value always gets the
        same mark."""
        if "update_mask" not in message.DESCRIPTOR.fields_by_name:
            self._add_missing(message)
        flag = flag_of(message.DESCRIPTOR)  # type: ignore[arg-type]  # the same class under two names
        facts = bool(flag and getattr(message, flag))
        for field, value in message.ListFields():
            if field.message_type is not None:
                for one in value if field.is_repeated else (value,):
                    if isinstance(one, Message):
                        self.mark(one)
            elif field.is_repeated and self._takes(field, facts=facts):
                marked = [self._marked(field, one) for one in value]
                del value[:]
                value.extend(marked)
            elif self._takes(field, facts=facts):
                setattr(message, field.name, self._marked(field, value))
        if message.DESCRIPTOR.name == "Person":
            self._complete(message)

    def _add_missing(self, message: Any) -> None:
        for field in message.DESCRIPTOR.fields:
            kind = field.message_type.name if field.message_type is not None and not field.is_repeated else ""
            if kind in _ADDED and not message.HasField(field.name):
                getattr(message, field.name).MergeFrom(_ADDED[kind])

    def _complete(self, person: Any) -> None:
        """Fill the empty fields of a person, the same way for the same person."""
        known = person.email or person.phone or person.name
        if not known:
            return  # only an id
        who = hashlib.sha256(known.encode()).hexdigest()[:8]
        for name in ("name", "email", "phone", "job_title", "locale"):
            self._fill(person, name, f"{who}@{name}" if name == "email" else f"{name} {who}")
        if not person.HasField("address"):
            person.address.country = "DE"
        for name in ("subdivision", "city", "postal_code"):
            self._fill(person.address, name, f"{name} {who}")
        if not person.address.lines:
            field = person.address.DESCRIPTOR.fields_by_name["lines"]
            person.address.lines.append(self._marked(field, f"street {who}"))

    def _fill(self, message: Any, name: str, value: str) -> None:
        if not getattr(message, name):
            setattr(message, name, self._marked(message.DESCRIPTOR.fields_by_name[name], value))

    def _takes(self, field: FieldDescriptor, *, facts: bool) -> bool:
        category = str(field.GetOptions().Extensions[options_pb2.category])
        if facts and category == ORGANISATION and field.name != "registration_id":  # that has a check digit
            return True
        return field.type == FieldDescriptor.TYPE_STRING and category not in IMPERSONAL | _UNMARKED

    def _marked(self, field: FieldDescriptor, value: str) -> str:
        found = _mark(field, value)
        self.values.setdefault(field.full_name, set()).add(found)
        return found


class Marking:
    """A client that marks what it sends."""

    def __init__(self, inner: Any, marks: Marks) -> None:
        self._inner = inner
        self._marks = marks

    async def call(self, path: str, request: Message, **options: Any) -> Any:
        """See Client."""
        return await self._inner.call(path, self._copy(request), **options)

    async def stream(self, path: str, request: Message, **options: Any) -> AsyncIterator[Any]:
        """See Client."""
        async for one in self._inner.stream(path, self._copy(request), **options):
            yield one

    async def converse(self, path: str, requests: AsyncIterator[Message], **options: Any) -> AsyncIterator[Any]:
        """See Client."""
        marked = (self._copy(one) async for one in requests)
        async for one in self._inner.converse(path, marked, **options):
            yield one

    def _copy(self, request: Message) -> Message:
        copy = type(request)()
        copy.CopyFrom(request)
        self._marks.mark(copy)
        return copy


def found_in(files: Iterable[Path], marks: Marks) -> Iterator[str]:
    """Where a mark stands in the files: the file, how it was encoded, and what stands there."""
    needles = tuple(_needles())
    hashes = _hashes({one for values in marks.values.values() for one in values})
    for path in files:
        for how, data in _unpacked(path.read_bytes()):
            for name, needle in needles:
                if (at := data.find(needle)) >= 0:
                    yield f"{path}: {name}{how}: {data[max(0, at - 40) : at + 40]!r}"
            for name, digest in hashes.items():
                if digest in data:
                    yield f"{path}: {name}{how}"


def _mark(field: FieldDescriptor, value: str) -> str:
    digest = hashlib.sha256(value.lower().encode()).hexdigest()
    text = LETTERS + digest[:_TEXT_SIZE]
    if LETTERS in value or DIGITS in value or LOCALE in value:
        return value
    if field.name == "locale":
        return f"{LOCALE}-{digest[:4]}"
    if "@" in value:
        return f"{text}@example.org"
    if field.name == "domain":
        return f"{text}.example"
    if field.name == "phone" or re.fullmatch(r"\+[0-9]{6,}", value):
        return f"+{DIGITS}{int(digest, 16) % 100:02}"
    return text if field.name == "postal_code" else f"{value[:60]} {text}"


def _needles() -> Iterator[tuple[str, bytes]]:
    """The beginning of every mark in every encoding in which text may stand in a file."""
    for mark in (LETTERS, DIGITS, LOCALE):
        plain = mark.encode()
        yield "in clear", plain
        yield "in capitals", mark.upper().encode()
        yield "as hexadecimal digits", plain.hex().encode()
        yield "as hexadecimal digits", plain.hex().upper().encode()
        yield "in UTF-16", mark.encode("utf-16-le")
        yield "in UTF-16", mark.encode("utf-16-be")
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + plain)
            whole = (8 * shift + 5) // 6, (8 * (shift + len(plain))) // 6  # characters that come from the mark alone
            yield "in base64", encoded[whole[0] : whole[1]]


def _hashes(values: set[str]) -> dict[str, bytes]:
    """The hashes of every value and of its usual forms, as bytes and as they are written."""
    found = {}
    for value in values:
        forms = {value, value.lower(), value.casefold(), unicodedata.normalize("NFKC", value), value.strip("+")}
        for form in forms:
            for name, digest in _digests(form.encode()):
                found[f"{name} of {form}"] = digest
                found[f"{name} of {form}, in hexadecimal digits"] = digest.hex().encode()
                found[f"{name} of {form}, in base64"] = base64.b64encode(digest).rstrip(b"=")[:-1]
    return found


def _digests(data: bytes) -> Iterator[tuple[str, bytes]]:
    yield "MD5", hashlib.md5(data).digest()
    yield "SHA-1", hashlib.sha1(data).digest()
    yield "SHA-256", hashlib.sha256(data).digest()
    yield "BLAKE2b", hashlib.blake2b(data, digest_size=16).digest()


def _unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The data, and whatever in it was packed by gzip or zlib."""
    yield "", data
    for found in _PACKED.finditer(data):
        part = data[found.start() : found.start() + 1024 * 1024]
        try:
            yield " in a gzip or zlib stream", zlib.decompressobj(wbits=47).decompress(part, 8 * 1024 * 1024)
        except zlib.error:
            continue
