"""Requests made to cost more than their bytes: every list of every method, too long, full of faults, one in another."""

import tracemalloc
from collections.abc import Iterator
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from random import Random
from time import thread_time
from typing import Any, NamedTuple

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import Default
from google.protobuf.message_factory import GetMessageClass
from protovalidate import Validator

import libs.pb.prm
from libs.country import Cell, Directory
from libs.errors import MAX_COUNTED, MAX_VIOLATIONS, MORE_VIOLATIONS, AppError, InvalidInput, Violation
from libs.pb.prm.orders import v1 as pb
from libs.rpc.bounds import MAX_OTHERS, most_bytes, most_items
from libs.rpc.decode import MAX_REQUEST_BYTES, MAX_STREAMED_BYTES, Decoder
from libs.rpc.rules import FEW, Rules
from libs.rpc.wording import in_words

HERE = Directory(Cell(code="local", countries=("*",), time_zone="UTC", currency="EUR"))
ENGINE = Validator()
PB = Path(libs.pb.prm.__path__[0]).parent
VARINT, DELIMITED, GROUP, FIXED32 = 0, 2, 3, 5
TEXT = b"\x01!"  # one character that no pattern takes


class List(NamedTuple):
    """A repeated field of a request: the fields on the way to it, itself the last; how large a request may be."""

    method: str
    request: Descriptor
    way: tuple[FieldDescriptor, ...]
    limit: int

    def __str__(self) -> str:
        return f"{self.method}.{'.'.join(field.name for field in self.way)}"


class Counting:
    """An engine that counts what it reports."""

    def __init__(self) -> None:
        self.reported = 0

    def collect_violations(self, message: Any, *, fail_fast: bool = False) -> list[Any]:
        found: list[Any] = ENGINE.collect_violations(message, fail_fast=fail_fast)
        self.reported += len(found)
        return found


@cache
def lists() -> tuple[List, ...]:
    for file in (PB / "prm").rglob("*_pb2.py"):
        import_module(".".join(["libs.pb", *file.relative_to(PB).with_suffix("").parts]))
    files = FileDescriptorSet.FromString((PB / "image.binpb").read_bytes()).file
    services = [Default().FindServiceByName(f"{file.package}.{one.name}") for file in files for one in file.service]
    found = []
    for method in (method for service in services for method in service.methods):
        limit = MAX_STREAMED_BYTES if method.client_streaming else MAX_REQUEST_BYTES
        found += [List(method.name, method.input_type, way, limit) for way in ways(method.input_type, ())]
    return tuple(found)


def ways(message: Descriptor, above: tuple[FieldDescriptor, ...]) -> Iterator[tuple[FieldDescriptor, ...]]:
    for field in message.fields:
        if field.is_repeated:
            yield (*above, field)
        if field.message_type is not None:
            yield from ways(field.message_type, (*above, field))


def varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes((low | 0x80,)) + varint(rest) if rest else bytes((low,))


def element(field: FieldDescriptor, content: bytes | None = None) -> bytes:
    """One occurrence of a field: empty, or one character, or what is given."""
    if content is not None:
        return varint(field.number << 3 | DELIMITED) + varint(len(content)) + content
    if field.message_type is not None:
        return varint(field.number << 3 | DELIMITED) + b"\0"
    if field.type == FieldDescriptor.TYPE_STRING:
        return varint(field.number << 3 | DELIMITED) + TEXT
    return varint(field.number << 3 | VARINT) + b"\x7f"


def overfull(one: List, room: int) -> bytes:
    """As many elements of a list as fit, in the first of whatever holds it."""
    body = element(one.way[-1]) * (room // len(element(one.way[-1])))
    for field in reversed(one.way[:-1]):
        body = element(field, body)
    return body


def full(one: List, room: int) -> bytes:
    """Every list on the way as long as it may be, all faults."""
    body = element(one.way[-1]) * (most_items(one.way[-1]) or MAX_OTHERS)
    for field in reversed(one.way[:-1]):
        once = element(field, body)
        times = (most_items(field) or MAX_OTHERS) if field.is_repeated else 1
        body = once * max(1, min(times, room // len(once)))
    return body


def handled(decoder: Decoder, body: bytes) -> AppError | None:
    try:
        decoder.check(decoder.decode(body))
    except AppError as err:
        return err
    return None


def rooms(one: List) -> tuple[int, int]:
    limit = min(one.limit, most_bytes(one.request) or one.limit)
    return limit - 64, min(limit, 8 * 1024) - 64


def test_there_are_lists_and_each_has_a_bound() -> None:
    assert len(lists()) > 50
    assert [str(one) for one in lists() if most_items(one.way[-1]) is None] == []
    assert [one.method for one in lists() if most_bytes(one.request) is None] == []


@pytest.mark.parametrize("fill", [overfull, full])
def test_no_list_of_any_method_makes_more_of_itself_than_a_bounded_answer(fill: Any) -> None:
    for one in lists():
        for room in rooms(one):
            engine, body = Counting(), fill(one, room)
            decoder = Decoder(one.request, engine, HERE, max_bytes=one.limit)
            decoder.decode(b"")
            engine.reported = 0
            tracemalloc.start()
            refused = handled(decoder, body)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert engine.reported <= MAX_COUNTED + 40 * FEW, one
            assert peak <= 1024 * 1024 + 4 * len(body), (str(one), peak, len(body))
            if isinstance(refused, InvalidInput):
                assert len(refused.violations) <= MAX_VIOLATIONS + 1, one
                assert sum(len(v.description) for v in refused.violations) < 64 * 1024


@pytest.mark.parametrize("fill", [overfull, full])
def test_no_list_of_any_method_costs_out_of_proportion_to_a_bare_parse(fill: Any) -> None:
    for one in lists():
        message = GetMessageClass(one.request)
        handle = partial(handled, Decoder(one.request, ENGINE, HERE, max_bytes=one.limit))
        one_fault = seconds(handle, next(body for body in (b"\x0a\x01!", b"") if not _is_malformed(handle(body))))
        for room in rooms(one):
            body = fill(one, min(room, MAX_REQUEST_BYTES))
            parsed = seconds(message.FromString, body)
            cost = seconds(handle, body)
            assert cost <= 100 * parsed + 500 * one_fault, (str(one), len(body), cost, parsed, one_fault)


def _is_malformed(refused: AppError | None) -> bool:
    """Whether a body is refused before any rule is checked, which costs less than a fault."""
    return isinstance(refused, InvalidInput) and [one.reason for one in refused.violations] == ["MALFORMED"]


def seconds(work: Any, body: bytes) -> float:
    """Of the processor in this thread, the least of five."""
    took = []
    for _ in range(5):
        begun = thread_time()
        work(body)
        took.append(thread_time() - begun)
    return max(min(took), 1e-5)


CURRENCY = pb.CreateOrderRequest.DESCRIPTOR.fields_by_name["currency"].number


@pytest.mark.parametrize(
    "once",
    [
        varint(CURRENCY << 3 | DELIMITED) + b"\0",
        varint(9_999 << 3 | DELIMITED) + b"\0",
        varint(9_999 << 3 | VARINT) + b"\0",
        varint(9_999 << 3 | FIXED32) + b"\0\0\0\0",
        varint(9_999 << 3 | GROUP),
    ],
    ids=["single", "unknown", "number", "fixed", "groups in groups"],
)
def test_a_field_repeated_without_end_is_refused_before_it_is_parsed(once: bytes) -> None:
    refused = handled(Decoder(pb.CreateOrderRequest.DESCRIPTOR, ENGINE, HERE), once * 100_000)
    assert isinstance(refused, InvalidInput)
    assert refused.violations == (Violation("", f"has more than {MAX_OTHERS} fields", "MALFORMED"),)


def draft(random: Random) -> Any:
    """An order most of whose parts keep their rules, with lists of every length."""
    order = pb.CreateOrderRequest(currency=random.choice(["EUR", "EUR", "eur"]), ship_to_country="DE")
    order.partner_id = random.choice(["ptn_local_01jz8c0000000000000000000a", "x"])
    wrong = random.choice([0, 0, 1, 20])
    for _ in range(random.choice([0, 1, FEW, FEW + 1, 60, 500, 501])):
        fault = random.randrange(100) < wrong
        order.lines.add(kind=pb.LINE_KIND_PRODUCT, sku="" if fault else "A", quantity=-1 if fault else 1)
    if random.random() < 0.5:
        order.ship_to_contact.address.lines.extend(["\x00"] * random.choice([1, 5, 6, 40]))
        order.ship_to_contact.address.country = random.choice(["DE", "de"])
    return order


def _words(broken: Any) -> str:
    pattern = broken.proto.rule_id == "string.pattern"
    return in_words(broken.rule_value, broken.field_value) if pattern else str(broken.proto.message)


@pytest.mark.parametrize("seed", range(60))
def test_piece_by_piece_the_same_is_found_as_at_once(seed: int) -> None:
    order = draft(Random(seed))
    at_once = {(path(one.proto), _words(one)) for one in ENGINE.collect_violations(order)}
    found = Rules(ENGINE).broken(order)
    pieces = [(one.field, one.description) for one in found or ()]
    too_long = {place for place, text in pieces if "no more than" in text}
    expected = {(place, text) for place, text in at_once if place.partition("[")[0] not in too_long}
    assert len(set(pieces)) == len(pieces)
    assert {one for one in pieces if one[0].partition("[")[0] not in too_long} == expected
    assert too_long == {place for place, text in at_once if "no more than" in text}


def path(found: Any) -> str:
    steps = [(one.field_name, one.subscript) for one in found.field.elements]
    return ".".join(name + (f"[{place.value}]" if place is not None else "") for name, place in steps)


def test_a_hundred_violations_are_listed_and_the_rest_counted() -> None:
    for count in (99, 100):
        assert len(InvalidInput([Violation("f", "wrong")] * count).violations) == count
    cut = InvalidInput([Violation("f", "wrong")] * 150)
    assert (len(cut.violations), cut.violations[-1]) == (101, Violation("", "and 50 more", MORE_VIOLATIONS))
    endless = InvalidInput(Violation("f", "wrong") for _ in iter(int, 1))
    assert endless.violations[-1] == Violation("", "and at least 100 more", MORE_VIOLATIONS)
