"""Nobody but compliance reads the data of restricted persons: every reading method of every service is tried, with
every id and every alias that the cell has; then again, restricted, with those that showed a person."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from libs.pb.buf.validate import validate_pb2
from libs.pb.prm.options.v1 import options_pb2, rules_pb2
from libs.person import Person
from libs.privacy.identity import Identity
from libs.privacy.ledger.subject import with_ids
from libs.privacy.restriction import restricted_data
from libs.privacy.sealing.store import SealedStore
from libs.rpc.client import CallFailed, Client
from libs.rpc.policy import permissions_of
from libs.runtime.cell import RunningCell
from libs.store.port import ROWS_PER_EXPORT_BATCH, Kind, Loaded, Query
from services.demo.scenario import METHODS, rpc_path
from tests.compositions import COMPOSITIONS
from tests.contracts.proto.image import ROOT
from tests.system.marked import played
from tests.system.marks import DIGITS, LETTERS, LOCALE, Marks

pytestmark = pytest.mark.xdist_group("system")

CASE = "dsr_local_01jz8c00000000000000000000"
READER = "reader"
MARKED = tuple(one.encode() for one in (LETTERS, DIGITS, LOCALE))
EXPECTED = {"NOT_FOUND", "INVALID_ARGUMENT", "FAILED_PRECONDITION"}  # of requests that fit no row

Asked = dict[str, list[Message]]


async def test_no_read_shows_a_restricted_person_to_anybody_but_compliance(tmp_path: Path) -> None:
    marks = Marks()
    async with (
        played(tmp_path / "cell", marks, policy=_policy(tmp_path)) as cell,
        cell.client() as officer,
        cell.client(READER) as reader,
    ):
        reads = [one for of in METHODS.values() for one in of.values() if _access(one).read_only]
        ids = await _ids(cell)
        asked = {one.full_name: list(_requests(one, ids, marks)) for one in reads}
        await _release_everybody(cell)
        before = {one.full_name: [request for request, _ in await _shown(reader, one, asked)] for one in reads}
        showing = {name for name, requests in before.items() if requests}
        assert showing >= {one.full_name for one in reads if _access(one).reveals_personal_data}
        await _restrict_everybody(cell)
        persons = await _documents_with_persons(cell)
        for one in reads:
            for request, answer in await _shown(reader, one, before):
                assert not _about(request, answer, persons), f"{one.full_name} shows {answer}"
        assert {one.full_name for one in reads if await _shown(officer, one, before)} == showing


def _access(method: MethodDescriptor) -> Any:
    return method.GetOptions().Extensions[options_pb2.access]


def _policy(folder: Path) -> Path:
    """A policy with a role that has every permission but those to read restricted data."""
    path = folder / "policy.toml"
    hidden = {restricted_data(one) for one in METHODS}
    names = sorted(permissions_of(()).keys() - hidden)
    limits = "calls_per_second = 10000\nconcurrent_streams = 100\n"
    role = f"[roles.{READER}]\npurpose = 'operations'\npermissions = {names}\n{limits}"
    path.write_text(f'own_roles = ["{READER}"]\n{(ROOT / "services" / "policy.toml").read_text()}\n{role}')
    return path


async def _ids(cell: RunningCell) -> dict[str, list[str]]:
    """The ids of all documents, by prefix."""
    found = defaultdict[str, list[str]](list)
    for service in COMPOSITIONS:
        for kind in COMPOSITIONS[service].kinds:
            for loaded in await _rows(_store(cell, service), kind):
                found[loaded.value.id.partition("_")[0]].append(loaded.value.id)
    return found


def _requests(method: MethodDescriptor, ids: dict[str, list[str]], marks: Marks) -> Iterator[Message]:
    """An empty request, and one for each value that a field of the request may have here, with every code that the
    request may have beside it."""
    make = GetMessageClass(method.input_type)
    codes = [one for one in method.input_type.fields if one.enum_type is not None and not one.is_repeated]
    yield make()
    for field in method.input_type.fields:
        for value, *chosen in product(_values(field, ids, marks), *(_codes(one) for one in codes)):
            request = make(**{one.name: code for one, code in zip(codes, chosen, strict=True)})
            _set(request, field, value)
            yield request


def _values(field: FieldDescriptor, ids: dict[str, list[str]], marks: Marks) -> list[Any]:
    if field.message_type is not None:
        return [one for one in _messages(field.message_type, ids, marks) if one.ByteSize()]
    if field.type == FieldDescriptor.TYPE_BOOL:
        return [True]
    if field.type != FieldDescriptor.TYPE_STRING:
        return []
    rules = field.GetOptions().Extensions[validate_pb2.field]
    prefix = (rules.repeated.items.string if field.is_repeated else rules.string).Extensions[rules_pb2.id]
    if prefix:
        return list(ids[prefix])
    category = _category(field)
    return sorted(
        {one for name, found in marks.values.items() if category and _named(name) == category for one in found}
    )


def _messages(descriptor: Descriptor, ids: dict[str, list[str]], marks: Marks) -> Iterator[Message]:
    """Every pair of a text and a code that a message of two fields may have."""
    texts = [one for one in descriptor.fields if one.type == FieldDescriptor.TYPE_STRING and not one.is_repeated]
    codes = [one for one in descriptor.fields if one.enum_type is not None]
    for text, code in product(texts, codes):
        for value, number in product(_values(text, ids, marks), _codes(code)):
            made = GetMessageClass(descriptor)()
            setattr(made, text.name, value)
            setattr(made, code.name, number)
            yield made


def _codes(field: FieldDescriptor) -> list[int]:
    """The values that a code must have, if it must have one; else none."""
    rule = field.GetOptions().Extensions[validate_pb2.field].enum
    assert field.enum_type is not None, "a code"
    return [one.number for one in field.enum_type.values if one.number] if 0 in rule.not_in else [0]


def _set(request: Message, field: FieldDescriptor, value: Any) -> None:
    held = getattr(request, field.name)
    if field.is_repeated:
        held.append(value)
    elif field.message_type is not None:
        held.CopyFrom(value)
    else:
        setattr(request, field.name, value)


def _category(field: FieldDescriptor) -> str:
    return str(field.GetOptions().Extensions[options_pb2.category])


def _named(field: str) -> str:
    """The category of a field with this full name."""
    return _category(Default().FindFieldByName(field))


async def _shown(client: Client, method: MethodDescriptor, asked: Asked) -> list[tuple[Message, Message]]:
    """The answers with a mark in them, and what was asked."""
    service, found = method.full_name.split(".")[1], list[tuple[Message, Message]]()
    for request in asked[method.full_name]:
        try:
            answers = [one async for one in _answers(client, rpc_path(service, method.name), method, request)]
        except CallFailed as err:
            if err.code not in EXPECTED:
                raise
            continue
        found += [(request, one) for one in answers if _is_marked(one)]
    return found


def _is_marked(message: Message) -> bool:
    return any(mark in message.SerializeToString() for mark in MARKED)


def _about(request: Message, answer: Message, persons: frozenset[str]) -> frozenset[str]:
    """The persons, and the documents with persons, that marks in the answer are about: those of each marked row, or of
    what was asked if the answer has no rows with ids."""
    rows = [
        row
        for field, value in answer.ListFields()
        if field.message_type is not None
        for row in (value if field.is_repeated else (value,))
    ]
    marked = [_texts(row) for row in rows if _is_marked(row)]
    return frozenset().union(*marked or [_texts(answer)], *([] if any(marked) else [_texts(request)])) & persons


def _texts(message: Message) -> frozenset[str]:
    """The ids of persons and documents in a message, references to others apart."""
    found = set[str]()
    for field, value in message.ListFields():
        for one in value if field.is_repeated else (value,):
            if field.message_type is not None:
                found |= _texts(one)
            elif field.name == "id" or field.name.endswith(("person_id", "case_id", "breach_id")):
                found.add(str(one))
    return frozenset(found)


async def _answers(client: Client, path: str, method: MethodDescriptor, request: Message) -> AsyncIterator[Message]:
    if method.server_streaming:
        async for one in client.stream(path, request):
            yield one
    else:
        yield await client.call(path, request)


async def _documents_with_persons(cell: RunningCell) -> frozenset[str]:
    """The ids of all persons, and of all documents that hold one."""
    found = set[str]()
    for service in cell.services:
        store = _store(cell, service)
        for seal in store.seals.values():
            for loaded in await _rows(store, seal.kind):
                if there := {who.person_id for who in _persons(seal.kind, loaded.value)}:
                    found |= {loaded.value.id, *there}
    return frozenset(found - {""})


def _persons(kind: Kind[Any], document: Any) -> tuple[Person, ...]:
    return kind.persons.of(document) if kind.persons is not None else ()


async def _release_everybody(cell: RunningCell) -> None:
    """End what the calls of the suites have restricted."""
    for one in cell.services.values():
        for restriction in await one.env.restrictions.active():
            case_id, _, number = restriction.id.partition(":")
            await one.env.restrictions.end(case_id, before=int(number) + 1)


async def _restrict_everybody(cell: RunningCell) -> None:
    """Restrict the data of every person in every service, as a service does for the person of a request."""
    for service, one in cell.services.items():
        store = _store(cell, service)
        nobody = Identity(found=frozenset(), named=frozenset(), names=frozenset())
        await one.env.restrictions.begin(CASE, nobody, number=1)
        for seal in store.seals.values():
            for loaded in await _rows(store, seal.kind):
                named = with_ids(seal, loaded.value, _persons(seal.kind, loaded.value), one.env.ids)
                if named is not loaded.value:
                    await store.commit([loaded.put(named)])
                if there := [who.person_id for who in _persons(seal.kind, named)]:
                    await one.env.restrictions.add(CASE, [*there, named.id], number=1)


def _store(cell: RunningCell, service: str) -> SealedStore:
    store = cell.services[service].env.store
    assert isinstance(store, SealedStore)
    return store


async def _rows(store: SealedStore, kind: Kind[Any]) -> Sequence[Loaded[Any]]:
    page = await store.find(Query(kind=kind, limit=ROWS_PER_EXPORT_BATCH))
    assert not page.next_cursor
    return page.rows
