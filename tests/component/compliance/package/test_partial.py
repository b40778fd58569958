"""An officer may hand over what is there: it is named as partial, with what is missing, and completes nothing."""

import json

import pytest

from libs.packages.verification import Loaded, verify
from libs.person import Person
from services.compliance.package.domain.export import ExportIncomplete
from services.compliance.package.reads import packages_of
from services.compliance.package.usecases.assembly import Package
from services.compliance.package.usecases.export import (
    ExportRequest,
    RecordExport,
    export_request,
    make_package,
    record_export,
)
from services.compliance.package.usecases.objects import delete_objects
from services.compliance.requests.domain.request import SERVICES, SubjectRequest
from services.compliance.requests.domain.states import RequestState
from services.export.checking import told
from tests.builders import a_call
from tests.component.compliance.harness import Card, Harness

ME = "ngozi@example.org"
OTHERS = tuple(one for one in SERVICES if one != "tickets")


def _card(id: str, phone: str = "") -> Card:
    return Card(id=id, owner=Person(email=ME, phone=phone))


def _rows(made: Package) -> set[str]:
    files = {one.path: one.data for one in made.files if one.path.endswith("/card.json")}
    return {json.loads(line)["id"] for data in files.values() for line in data.splitlines()}


async def _without_tickets(harness: Harness) -> SubjectRequest:
    await harness.holders["deals"].keep(_card("d1"))
    await harness.holders["tickets"].keep(_card("t1"))
    request = await harness.ask(("EMAIL", ME))
    await harness.hear(*await harness.answers(harness.opened(), *OTHERS))
    return await harness.request(request)


async def test_what_is_there_is_handed_over_and_who_is_missing_is_named(harness: Harness) -> None:
    request = await _without_tickets(harness)
    asked = ExportRequest(call=a_call(), id=request.id, partial=True, language="en")
    made = await export_request(harness.env, asked)
    assert (made.manifest.missing_services, made.manifest.complete_until) == (("tickets",), None)
    assert _rows(made) == {"d1"}
    files = {one.path: one.data for one in made.files}
    assert b"This is not everything: no answer yet from Support." in files["index.html"]
    report = verify(Loaded(files), made.public_key)
    assert report.sound
    assert "PARTIAL: no answer to the last question from tickets" in list(told(report))


async def test_a_partial_package_completes_nothing_and_the_whole_one_still_does(harness: Harness) -> None:
    request = await _without_tickets(harness)
    made = await make_package(harness.env, request, partial=True)
    await harness.run(record_export, RecordExport, id=request.id, manifest=made.manifest, sha256=made.sha256)
    assert (await harness.request(request)).state is RequestState.IN_PROGRESS
    exported = [
        one.type.rpartition(".")[2] for one in harness.told if "Exported" in one.type or "Completed" in one.type
    ]
    assert exported == ["SubjectRequestExported"]
    done = await harness.search(request)
    whole = await make_package(harness.env, done, partial=True)
    assert (whole.manifest.missing_services, _rows(whole)) == ((), {"d1", "t1"})
    await harness.run(record_export, RecordExport, id=request.id, manifest=whole.manifest, sha256=whole.sha256)
    assert (await harness.request(request)).state is RequestState.COMPLETED
    assert {one.missing_services for one in await packages_of(harness.env.store, request.id)} == {(), ("tickets",)}


async def test_of_a_service_that_does_not_answer_the_last_question_its_answer_before_is_there(harness: Harness) -> None:
    await harness.holders["deals"].keep(_card("d1", phone="+49 30 901820"))
    await harness.holders["tickets"].keep(_card("t1"))
    request = await harness.ask(("EMAIL", ME))
    await harness.hear(*await harness.answers(harness.opened()))
    await harness.hear(*await harness.answers(harness.opened(), *OTHERS))
    while await delete_objects(harness.env):
        pass
    request = await harness.request(request)
    made = await make_package(harness.env, request, partial=True)
    assert (made.manifest.missing_services, _rows(made)) == (("tickets",), {"d1", "t1"})
    rounds = {one.service: one.round for one in made.manifest.answers}
    assert rounds == {**dict.fromkeys(OTHERS, 2), "tickets": 1}


async def test_without_any_answer_there_is_nothing_to_hand_over(harness: Harness) -> None:
    request = await harness.ask(("EMAIL", ME))
    with pytest.raises(ExportIncomplete):
        await export_request(harness.env, ExportRequest(call=a_call(), id=request.id, partial=True))


async def test_nobody_who_does_not_ask_for_it_gets_a_part(harness: Harness) -> None:
    request = await _without_tickets(harness)
    with pytest.raises(ExportIncomplete):
        await export_request(harness.env, ExportRequest(call=a_call(), id=request.id))
