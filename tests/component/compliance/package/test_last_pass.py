"""Before a package is taken for the first time every service is asked again: what was written meanwhile is in it."""

import asyncio
import json

import pytest
from msgspec.structs import replace

from libs.errors import NotFound
from libs.lifetime import alongside
from libs.messaging.events import EventCodec
from libs.person import Person
from libs.subject_data import SubjectAsked
from services.compliance.package.domain.export import ExportIncomplete
from services.compliance.package.usecases.assembly import Package
from services.compliance.package.usecases.export import ExportRequest, RecordExport, export_request, record_export
from services.compliance.requests.domain.request import SERVICES, SubjectRequest
from services.compliance.requests.domain.states import RequestState
from tests.builders import a_call, an_id
from tests.component.compliance.harness import Card, Harness
from tests.waiting import until

ME = "ngozi@example.org"


def _card(id: str, email: str = ME, phone: str = "") -> Card:
    return Card(id=id, owner=Person(email=email, phone=phone))


def _rows(made: Package) -> set[str]:
    files = {one.path: one.data for one in made.files if one.path.endswith("/card.json")}
    return {json.loads(line)["id"] for data in files.values() for line in data.splitlines()}


async def _answering(harness: Harness, request: SubjectRequest) -> None:
    """Every service answers every round that is opened after that of the request."""
    answered = request.round
    while True:
        if (asked := EventCodec.decode(harness.opened(), SubjectAsked).round) > answered:
            answered = asked
            await harness.hear(*await harness.answers(harness.opened()))
        await asyncio.sleep(0)


async def _taken(harness: Harness, request: SubjectRequest) -> Package:
    async with alongside(_answering(harness, request)):
        made = await export_request(harness.env, ExportRequest(call=a_call(), id=request.id))
    taken = RecordExport(call=a_call(), id=request.id, manifest=made.manifest, sha256=made.sha256)
    await harness.env.run(record_export, taken)
    return made


async def test_what_was_written_after_a_service_answered_is_in_the_package(harness: Harness) -> None:
    await harness.holders["deals"].keep(_card("d1"))
    request = await harness.search(await harness.ask(("EMAIL", ME)))
    assert request.state is RequestState.READY_FOR_REVIEW
    await harness.holders["deals"].keep(_card("d2"))
    await harness.holders["tickets"].keep(_card("t1"))
    made = await _taken(harness, request)
    assert _rows(made) == {"d1", "d2", "t1"}
    done = await harness.request(request)
    assert (done.state, made.manifest.complete_until) == (RequestState.COMPLETED, done.round_open_time)


async def test_an_alias_that_only_the_last_pass_finds_is_searched_for(harness: Harness) -> None:
    await harness.holders["orders"].keep(_card("o1", "n@example.com"))
    request = await harness.search(await harness.ask(("EMAIL", ME)))
    await harness.holders["tickets"].keep(_card("t1", phone="+49 30 901820"))
    await harness.holders["deals"].keep(_card("d1", "n@example.com", phone="+49 30 901820"))
    assert _rows(await _taken(harness, request)) == {"t1", "d1", "o1"}


async def test_a_package_that_was_taken_is_the_same_again_whatever_was_written_since(harness: Harness) -> None:
    request = await harness.search(await harness.ask(("EMAIL", ME)))
    first = await _taken(harness, request)
    await harness.holders["deals"].keep(_card("d1"))
    assert await export_request(harness.env, ExportRequest(call=a_call(), id=request.id)) == first


async def test_while_the_first_search_is_under_way_nobody_waits(harness: Harness) -> None:
    request = await harness.ask(("EMAIL", ME))
    told = len(harness.told)
    with pytest.raises(ExportIncomplete):
        await export_request(harness.env, ExportRequest(call=a_call(), id=request.id))
    assert len(harness.told) == told
    with pytest.raises(NotFound):
        await export_request(harness.env, ExportRequest(call=a_call(), id=an_id("dsr", 9)))


async def test_two_who_take_a_package_at_once_both_get_what_was_written_before_they_asked(harness: Harness) -> None:
    request = await harness.search(await harness.ask(("EMAIL", ME)))
    await harness.holders["deals"].keep(_card("d1"))
    async with alongside(_answering(harness, request)):
        call = ExportRequest(call=a_call(), id=request.id)
        made = await asyncio.gather(*(export_request(harness.env, call) for _ in range(2)))
    assert [_rows(one) for one in made] == [{"d1"}, {"d1"}]


async def test_a_package_of_an_earlier_pass_does_not_complete_the_request_that_is_searched_again(
    harness: Harness,
) -> None:
    request = await harness.search(await harness.ask(("EMAIL", ME)))
    made = (await harness.package(request)).manifest
    early = RecordExport(call=a_call(), id=request.id, manifest=replace(made, rounds=made.rounds - 1), sha256="0" * 64)
    assert (await harness.env.run(record_export, early)).state is RequestState.READY_FOR_REVIEW


async def test_whoever_asks_while_a_pass_waits_for_a_service_gets_a_pass_of_their_own(harness: Harness) -> None:
    """A pass that was opened before the call may have been answered before it, too."""
    request = await harness.search(await harness.ask(("EMAIL", ME)))
    first = asyncio.create_task(export_request(harness.env, ExportRequest(call=a_call(), id=request.id)))
    await until(lambda: EventCodec.decode(harness.opened(), SubjectAsked).round > request.round)
    late = [one for one in SERVICES if one != "tickets"]
    await harness.hear(*await harness.answers(harness.opened(), *late))
    await harness.holders["deals"].keep(_card("d1"))
    second = asyncio.create_task(export_request(harness.env, ExportRequest(call=a_call(), id=request.id)))
    await asyncio.sleep(0)
    async with alongside(_answering(harness, request)):
        await harness.hear(*await harness.answers(harness.opened(), "tickets"))
        made = await asyncio.gather(first, second)
    assert _rows(made[1]) == {"d1"}
