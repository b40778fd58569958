"""No hash of an alias stands in what lives for months: events, outbox rows, answers as they were signed or recorded."""

from typing import Any

import pytest
from msgspec.structs import replace

from libs.messaging.events import EventCodec
from libs.messaging.outbox import OUTBOX, OutboxEntry
from libs.pb.prm.compliance.v1 import SubjectRequestOpened
from libs.person import Person
from libs.privacy.aliases import ALIASES
from libs.privacy.sealing.store import SealedStore
from libs.sought_hashes import hashes_of_name
from libs.store.codec import encode
from libs.store.port import ROWS_PER_EXPORT_BATCH, Loaded, Query, create, get
from libs.store.requests import RECORDS
from libs.subject_data import ANSWERS, SubjectDataLocated
from services.compliance.handling.usecases import WithdrawRequest, withdraw_request
from services.compliance.holds.usecases import PlaceLegalHold, place_legal_hold
from services.compliance.package.usecases.objects import delete_objects
from services.compliance.requests.documents import REQUESTS, SIGNED_ANSWERS
from services.compliance.requests.domain.request import SERVICES, SubjectRequest
from services.compliance.requests.domain.search import AnswerForged, open_last_pass
from services.compliance.requests.domain.states import NOT_SEARCHED, RequestState, RequestType
from services.compliance.requests.reads import ask
from tests.builders import a_call, an_id
from tests.component.compliance.harness import Card, Harness
from tests.component.replica import Replica
from tests.needles import forms

ME = Person(person_id=an_id("psn", 1), name="Ngozi Okafor", email="ngozi@example.org", phone="+49 30 901820")


async def hashes_of(harness: Harness) -> set[str]:
    """The hashes of all aliases that any service knows, and those that the requests search."""
    found = set[str]()
    for store in (harness.env.store, *(one.env.store for one in harness.holders.values())):
        page = await store.find(Query(kind=ALIASES, limit=ROWS_PER_EXPORT_BATCH))
        found |= {loaded.value.hash for loaded in page.rows}
    requests = await harness.env.store.find(Query(kind=REQUESTS, limit=ROWS_PER_EXPORT_BATCH))
    for one in requests.rows:
        found |= {*one.value.alias_hashes, *one.value.possible_hashes}
    return found


async def stored(harness: Harness) -> dict[str, bytes]:
    """What lives for months, by name: every outbox row, event and answer of every service."""
    found: dict[str, bytes] = {}
    services: tuple[Replica[Any], ...] = (harness, *harness.holders.values())
    for service in services:
        store = service.env.store
        inner = store.inner if isinstance(store, SealedStore) else store
        for number, one in enumerate(service.told):
            found[f"{service.env.service} event {one.type} {number}"] = one.body
        for kind in (OUTBOX, ANSWERS, RECORDS, *((SIGNED_ANSWERS,) if service is harness else ())):
            page = await inner.find(Query(kind=kind, limit=ROWS_PER_EXPORT_BATCH))
            for loaded in page.rows:
                found[f"{service.env.service} {kind.name} {loaded.value.id}"] = _text(loaded.value)
    return found


def _text(document: Any) -> bytes:
    body = document.envelope.body if isinstance(document, OutboxEntry) else b""
    return encode(document) + body


async def leaks(harness: Harness) -> set[str]:
    """The names of what has a hash."""
    needles = tuple(forms(await hashes_of(harness)))
    return {name for name, data in (await stored(harness)).items() if any(one in data for one in needles)}


async def searched(harness: Harness, type: RequestType) -> SubjectRequest:
    """A request whose search has ended after two rounds, if its type is searched."""
    request = await harness.ask(("EMAIL", ME.email), ("PHONE", "+49 30 5550001"), type=type)
    return request if type in NOT_SEARCHED else await harness.search(request)


@pytest.mark.parametrize("type", RequestType)
async def test_no_hash_of_an_alias_stands_in_an_event_or_an_answer(harness: Harness, type: RequestType) -> None:
    for name in harness.holders:
        await harness.holders[name].keep(Card(id=f"{name}1", owner=ME))
    request = await searched(harness, type)
    assert (request.round, request.state) == (0 if type in NOT_SEARCHED else 2, RequestState.READY_FOR_REVIEW)
    assert len(await hashes_of(harness)) > 3
    assert await leaks(harness) == set()


async def test_no_recorded_answer_has_a_hash_and_a_repeated_request_gets_it(harness: Harness) -> None:
    first = await harness.ask(("EMAIL", ME.email), request_id="ask")
    searching = await harness.search(first)
    hold = {"case_id": first.id, "matter": "2-O-17/26", "request_id": "hold"}
    placed = await harness.run(place_legal_hold, PlaceLegalHold, **hold)
    assert placed.alias_hashes == searching.alias_hashes
    assert (await harness.run(place_legal_hold, PlaceLegalHold, **hold)).id == placed.id
    assert (await harness.ask(("EMAIL", ME.email), request_id="ask")).id == first.id
    assert len([one for one in await stored(harness) if f" {RECORDS.name} " in one]) == 2
    assert await leaks(harness) == set()


async def test_a_hash_that_is_put_back_is_found(harness: Harness) -> None:
    request = await searched(harness, RequestType.ACCESS)
    opened = SubjectRequestOpened(case_id=request.id, alias_hashes=request.alias_hashes[:1])
    event = replace(harness.opened(), id="evt_put_back", body=opened.SerializeToString())
    await harness.env.store.commit([create(OUTBOX, OutboxEntry(id=event.id, version=1, at=1, envelope=event))])
    assert await leaks(harness) == {f"compliance {OUTBOX.name} {event.id}"}


async def test_the_objects_with_hashes_go_when_their_round_is_answered_and_come_again_with_the_next(
    harness: Harness,
) -> None:
    await harness.holders["deals"].keep(Card(id="d1", owner=ME))
    request = await harness.ask(("EMAIL", ME.email))
    assert await _left(harness) == [("search", 1, "compliance")]
    told = await harness.answers(harness.opened())
    assert await _left(harness) == [("aliases", 1, "deals"), ("search", 1, "compliance")]
    await harness.hear(*told)
    assert await _left(harness) == [("search", 2, "compliance")]
    await harness.search(request)
    assert await _left(harness) == []
    await _last_pass(harness, request)
    assert await _left(harness) == [("search", 3, "compliance")]
    assert (await harness.search(request)).state is RequestState.READY_FOR_REVIEW


async def test_they_go_with_a_request_that_ends_while_services_are_asked(harness: Harness) -> None:
    await harness.holders["deals"].keep(Card(id="d1", owner=ME))
    request = await harness.ask(("EMAIL", ME.email))
    await harness.answers(harness.opened(), "deals")
    await harness.run(withdraw_request, WithdrawRequest, id=request.id)
    assert await _left(harness) == []


async def test_a_question_that_comes_again_after_its_object_has_gone_changes_nothing(harness: Harness) -> None:
    request = await harness.ask(("EMAIL", ME.email))
    opened, deals = harness.opened(), harness.holders["deals"]
    await harness.search(request)
    assert await _left(harness) == []
    told = len(deals.told)
    await deals.answer(opened)
    assert len(deals.told) == told


async def test_a_question_of_the_release_before_is_answered_as_that_release_reads_it(harness: Harness) -> None:
    await harness.holders["deals"].keep(Card(id="d1", owner=ME))
    request = await harness.ask(("EMAIL", ME.email))
    await harness.env.store.commit([(await _loaded(harness, request)).put(replace(request, object_name=""))])
    body = SubjectRequestOpened(case_id=request.id, round=1, alias_hashes=request.alias_hashes)
    inline = replace(harness.opened(), body=body.SerializeToString())
    told = await harness.answers(inline)
    deals = EventCodec.decode(told[SERVICES.index("deals")], SubjectDataLocated)
    assert set(request.alias_hashes) < set(deals.alias_hashes)
    await harness.hear(*told)
    again = await harness.request(request)
    assert (again.round, set(again.alias_hashes)) == (2, set(deals.alias_hashes))
    assert (await harness.search(request)).state is RequestState.READY_FOR_REVIEW


async def test_an_answer_of_a_service_that_cannot_read_the_question_is_refused(harness: Harness) -> None:
    request = await harness.ask(("EMAIL", ME.email))
    body = SubjectRequestOpened(case_id=request.id, round=1)  # as the release before reads the event
    blind = await harness.answers(replace(harness.opened(), body=body.SerializeToString()), "deals")
    with pytest.raises(AnswerForged):
        await harness.hear(*blind)
    assert "deals" in (await harness.request(request)).missing_services


async def _last_pass(harness: Harness, request: SubjectRequest) -> None:
    loaded = await _loaded(harness, request)
    again, events = await ask(harness.env, *open_last_pass(loaded.value, now=harness.clock.now()))
    await harness.env.commit(loaded.put(again), events=events, call=a_call())


async def _loaded(harness: Harness, request: SubjectRequest) -> Loaded[SubjectRequest]:
    loaded = await get(harness.env.store, REQUESTS, request.id)
    assert loaded is not None
    return loaded


async def _left(harness: Harness) -> list[tuple[str, int, str]]:
    """The objects with hashes that the job leaves."""
    while await delete_objects(harness.env):
        pass
    found = [of for name in harness.shelf.objects if (of := hashes_of_name(name)) is not None]
    return sorted((one.what, one.round, one.service) for one in found)
