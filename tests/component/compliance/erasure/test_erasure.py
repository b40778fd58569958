"""An erasure reaches every alias in every service, is certified when all have stated it, and withholds what it must."""

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec.structs import replace

from libs.errors import WrongState
from libs.lifetime import alongside
from libs.person import Person
from services.compliance.erasure.consumers import on_subject_data_erased
from services.compliance.erasure.domain import ErasureState, NoErasure
from services.compliance.handling.usecases import PauseRequest, ResumeRequest, pause_request, resume_request
from services.compliance.package.usecases.export import ExportRequest, RecordExport, export_request, record_export
from services.compliance.package.usecases.objects import delete_objects
from services.compliance.requests.domain.request import SERVICES, RequestErased
from services.compliance.requests.domain.statements import StatementForged
from services.compliance.requests.domain.states import HoldReason, RequestState, RequestType
from tests.builders import a_call
from tests.component.compliance.erasure.acts import answering_again, begin, card, erase, erasure, searched, states
from tests.component.compliance.harness import Card, Harness

ME = ("EMAIL", "anna@example.org")
ANNA = Person(person_id="psn_1", name="Anna", email="anna@example.org", phone="+49301234567")
AGAIN = Person(person_id="psn_2", name="Anna", phone="+49301234567")
BERT = Person(person_id="psn_3", name="Bert", email="bert@example.org")


async def _kept(harness: Harness) -> None:
    await harness.holders["deals"].keep(Card(id="one", owner=ANNA, others=(BERT,), remark="a fact"))
    await harness.holders["tickets"].keep(Card(id="two", owner=AGAIN))
    await harness.holders["orders"].keep(Card(id="three", owner=BERT))


async def test_every_service_erases_every_alias_and_the_request_is_completed(harness: Harness) -> None:
    await _kept(harness)
    done = await erase(harness, request := await searched(harness, ME))
    assert (done.state, done.withheld) == (ErasureState.CERTIFIED, False)
    assert await card(harness, "deals", "one") == Card(
        id="one", version=2, owner=Person(), others=(BERT,), remark="a fact"
    )
    assert (await card(harness, "tickets", "two")).owner == Person()
    assert (await card(harness, "orders", "three")).owner == BERT
    after = await harness.request(request)
    assert after.state is RequestState.COMPLETED
    assert (after.subject, after.alias_hashes, [one.value for one in after.aliases]) == (None, (), [""])
    again = await searched(harness, ME)
    rows = {count.kind: count.rows for one in again.present_answers for count in one.counts if count.rows}
    assert rows == {"subject_request": 1}  # the new request alone
    assert not [name for name in harness.shelf.objects if name.startswith("erasure/")]


async def test_the_certificate_is_checked_with_the_public_key_alone(harness: Harness) -> None:
    await _kept(harness)
    proof = (await erase(harness, await searched(harness, ME))).certificate
    assert proof is not None
    key = Ed25519PublicKey.from_public_bytes(proof.public_key)
    key.verify(proof.signature, proof.content)
    for place in range(0, len(proof.content), 97):
        changed = bytearray(proof.content)
        changed[place] ^= 1
        with pytest.raises(InvalidSignature):
            key.verify(proof.signature, bytes(changed))
    content = msgspec.json.decode(proof.content)
    counts = {one["service"]: {row["kind"]: row["rows"] for row in one["counts"]} for one in content["statements"]}
    nothing: dict[str, int] = {}
    assert counts == {
        "compliance": {"subject_request": 1},
        "deals": {"card": 1},
        "orders": nothing,
        "partners": nothing,
        "tickets": {"card": 1},
    }
    assert content["key_backups_until"] > content["certify_time"]


async def test_while_a_service_has_not_stated_it_nothing_is_certified_and_it_is_named(harness: Harness) -> None:
    await _kept(harness)
    await begin(harness, request := await searched(harness, ME))
    for one in SERVICES[:-1]:
        await on_subject_data_erased(harness.env, await states(harness, one), a_call())
    waiting = await erasure(harness, request)
    assert (waiting.state, waiting.missing_services, waiting.certificate) == (ErasureState.ASKED, SERVICES[-1:], None)
    assert (await harness.request(request)).state is RequestState.READY_FOR_REVIEW
    again = await begin(harness, request)
    assert (again.round, again.missing_services) == (2, SERVICES)


async def test_a_forged_statement_is_refused(harness: Harness) -> None:
    await begin(harness, request := await searched(harness, ME))
    told = await states(harness, "deals")
    stolen = replace(
        told, source=told.source.replace("deals", "orders"), subject=told.subject.replace("deals", "orders")
    )
    with pytest.raises(StatementForged):
        await on_subject_data_erased(harness.env, stolen, a_call())
    assert "deals" in (await erasure(harness, request)).missing_services


async def test_the_open_request_of_the_same_person_is_withheld_and_named(harness: Harness) -> None:
    access = await harness.ask(ME)
    done = await erase(harness, request := await searched(harness, ME))
    [withheld] = [row for one in done.statements for row in one.withheld]
    assert (withheld.kind, withheld.rows, withheld.ground) == ("subject_request", 1, "LEGALLY_EXEMPTED")
    assert (await harness.request(request)).state is RequestState.PARTIALLY_COMPLETED
    assert (await harness.request(access)).aliases[0].value == ME[1]


async def test_two_erasures_of_the_same_person_at_once_both_end(harness: Harness) -> None:
    await _kept(harness)
    first, second = await searched(harness, ME), await searched(harness, ME)
    assert second.duplicate_of_case_id == first.id
    for one in (first, second):
        await begin(harness, one)
    questions = [one for one in harness.told if one.type.endswith("ErasureAsked")]
    for question in questions:
        harness.told.append(question)
        for service in SERVICES:
            harness.told.append(question)
            await on_subject_data_erased(harness.env, await states(harness, service), a_call())
    for one in (first, second):
        while (await erasure(harness, one)).state is not ErasureState.CERTIFIED:
            for service in SERVICES:
                await on_subject_data_erased(harness.env, await states(harness, service), a_call())
        assert (await harness.request(one)).state is RequestState.COMPLETED
    assert (await card(harness, "deals", "one")).owner == Person()


async def test_a_request_that_was_on_hold_when_it_was_certified_is_completed_by_the_next_call(harness: Harness) -> None:
    await _kept(harness)
    await begin(harness, request := await searched(harness, ME))
    await harness.run(pause_request, PauseRequest, id=request.id, reason=HoldReason.LEGAL_HOLD)
    assert (await erase(harness, request, begun=True)).state is ErasureState.CERTIFIED
    assert (await harness.request(request)).state is RequestState.ON_HOLD
    await harness.run(resume_request, ResumeRequest, id=request.id)
    certified = await begin(harness, request)
    assert certified.state is ErasureState.CERTIFIED
    assert (await harness.request(request)).state is RequestState.COMPLETED
    assert await begin(harness, request) == certified


async def test_an_erasure_during_an_export_leaves_a_package_without_the_person(harness: Harness) -> None:
    """The request for access is open, so it stays; what it hands out is what is stored when it is taken."""
    await _kept(harness)
    access = await harness.search(await harness.ask(ME))
    await erase(harness, await searched(harness, ME))
    async with alongside(answering_again(harness, access)):
        made = await export_request(harness.env, ExportRequest(call=a_call(), id=access.id))
    assert not [one for one in made.files if one.path.endswith("/card.json") and b"one" in one.data]
    assert (await harness.request(access)).state is RequestState.READY_FOR_REVIEW


async def test_a_package_from_before_an_erasure_cannot_be_taken_again(harness: Harness) -> None:
    await _kept(harness)
    access = await harness.search(await harness.ask(ME))
    made = await harness.package(access)
    await harness.run(record_export, RecordExport, id=access.id, manifest=made.manifest, sha256=made.sha256)
    await erase(harness, await searched(harness, ME))
    with pytest.raises(RequestErased):
        await harness.package(access)
    for anew in (False, True):
        with pytest.raises(RequestErased):
            await export_request(harness.env, ExportRequest(call=a_call(), id=access.id, anew=anew))
    await delete_objects(harness.env)
    assert not [one for one in harness.shelf.objects if one.startswith(access.id)]


async def test_only_a_searched_request_for_erasure_erases(harness: Harness) -> None:
    access = await harness.search(await harness.ask(ME))
    with pytest.raises(NoErasure):
        await begin(harness, access)
    unsearched = await harness.ask(ME, type=RequestType.ERASURE)
    with pytest.raises(WrongState):
        await begin(harness, unsearched)
    assert not [one for one in harness.told if one.type.endswith("ErasureAsked")]
