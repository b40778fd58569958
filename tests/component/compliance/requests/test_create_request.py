"""A request of every type is recorded if somebody can be searched for; everything wrong is named."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.errors import InvalidInput, NotFound
from libs.person import Person
from services.compliance.clocks.domain.regimes import Regime
from services.compliance.handling.usecases import WithdrawRequest, withdraw_request
from services.compliance.package.domain.export import NothingSearched
from services.compliance.requests.domain.states import (
    CHECKED,
    NOT_SEARCHED,
    IdentityProof,
    RequestState,
    RequestType,
)
from services.compliance.requests.usecases import DUPLICATES_LOOKED_AT, ListRequests, list_requests
from services.compliance.settings import Policy, ProofAtReceipt
from tests.builders import NOW, a_call, an_id
from tests.component.compliance.harness import Harness

ME = ("EMAIL", "ngozi@example.org")


async def test_another_request_about_the_same_person_does_not_stand_in_the_way(harness: Harness) -> None:
    strangers = await harness.ask(("EMAIL", "ngozi@example.org"))
    own = await harness.ask(("EMAIL", "ngozi@example.org"))
    assert own.id != strangers.id
    assert (await harness.search(own)).state is RequestState.READY_FOR_REVIEW


async def test_somebody_without_an_alias_and_countries_that_are_none_are_refused(harness: Harness) -> None:
    refusals: list[tuple[dict[str, Any], str, str]] = [
        ({}, "aliases", "NO_ALIAS"),
        ({"subject": Person(name="Nobody")}, "aliases", "NO_ALIAS"),
        ({"country": "XQ"}, "country", "UNKNOWN_COUNTRY"),
    ]
    for fields, field, reason in refusals:
        with pytest.raises(InvalidInput) as refused:
            await harness.ask(**fields)
        assert [(one.field, one.reason) for one in refused.value.violations] == [(field, reason)]


@pytest.mark.parametrize("type", RequestType)
async def test_a_request_of_every_type_is_recorded_and_searched_if_the_type_asks_for_that(
    harness: Harness, type: RequestType
) -> None:
    request = await harness.ask(ME, type=type)
    if type in NOT_SEARCHED:
        assert (request.state, request.round, request.ready_time) == (RequestState.READY_FOR_REVIEW, 0, NOW)
        assert harness.names() == ["SubjectRequestReceived", "ClockStarted"]
        with pytest.raises(NothingSearched):
            await harness.package(request)
    else:
        assert (request.state, request.round) == (RequestState.IN_PROGRESS, 1)
        assert harness.names() == ["SubjectRequestReceived", "SubjectRequestOpened", "ClockStarted"]


@pytest.mark.parametrize("type", RequestType)
async def test_without_a_proof_of_identity_nothing_is_searched(harness: Harness, type: RequestType) -> None:
    request = await harness.ask(ME, type=type, identity_proof=None)
    assert "SubjectRequestOpened" not in harness.names()
    ready = type in NOT_SEARCHED
    assert request.state is (RequestState.READY_FOR_REVIEW if ready else RequestState.RECEIVED)
    assert request.missing_services == ()


async def test_a_law_that_asks_for_no_proof_gets_none(harness: Harness) -> None:
    """11 CCR 7027(e): a request to limit need not be verifiable."""
    fields = {"type": RequestType.RESTRICTION, "regime": Regime.CCPA, "country": "US", "identity_proof": None}
    assert (await harness.ask(ME, **fields)).state is RequestState.IN_PROGRESS


@pytest.mark.parametrize("policy", ProofAtReceipt)
@pytest.mark.parametrize("proof", IdentityProof)
async def test_a_proof_at_the_receipt_is_refused_if_only_a_check_leads_to_it_or_the_vendor_says_so(
    harness: Harness, proof: IdentityProof, policy: ProofAtReceipt
) -> None:
    harness.env.settings = replace(harness.env.settings, policy=Policy(proof_at_receipt=policy))
    if proof not in CHECKED and policy is ProofAtReceipt.ACCEPTED:
        assert (await harness.ask(ME, identity_proof=proof)).identity_proof is proof
        return
    with pytest.raises(InvalidInput) as refused:
        await harness.ask(ME, identity_proof=proof)
    assert {(one.field, one.reason) for one in refused.value.violations} == {("identity_proof", "PROOF_NOT_ACCEPTED")}


async def test_a_duplicate_is_linked_to_the_earliest_open_request_of_its_type_and_handled_like_any_other(
    harness: Harness,
) -> None:
    first = await harness.ask(ME, identity_proof=None)
    other_type = await harness.ask(ME, type=RequestType.ERASURE)
    stranger = await harness.ask(("EMAIL", "olga@example.org"))
    second = await harness.ask(("PHONE", "030 901820"), ("EMAIL", " Ngozi@Example.org "))
    third = await harness.ask(("PHONE", "+49 30 901820"))
    linked = [one.duplicate_of_case_id for one in (first, other_type, stranger, second, third)]
    assert linked == ["", "", "", first.id, second.id]
    assert (await harness.search(third)).state is RequestState.READY_FOR_REVIEW


async def test_what_has_ended_has_no_duplicates(harness: Harness) -> None:
    first = await harness.ask(ME)
    await harness.run(withdraw_request, WithdrawRequest, id=first.id)
    assert (await harness.ask(ME)).duplicate_of_case_id == ""


async def test_a_complaint_names_the_request_that_it_is_about(harness: Harness) -> None:
    request = await harness.ask(ME)
    complaint = await harness.ask(ME, type=RequestType.COMPLAINT, about_case_id=request.id)
    assert complaint.about_case_id == request.id
    with pytest.raises(InvalidInput) as refused:
        await harness.ask(ME, about_case_id=request.id)
    assert [(one.field, one.reason) for one in refused.value.violations] == [("about_case_id", "NO_COMPLAINT")]
    with pytest.raises(NotFound):
        await harness.ask(ME, type=RequestType.COMPLAINT, about_case_id=an_id("dsr", 9))


async def test_every_alias_by_which_nobody_could_be_found_is_named(harness: Harness) -> None:
    wrong = [("EMAIL", "Ngozi Okafor"), ("EMAIL", "a b@example.org"), ("PHONE", "unknown"), ("PERSON_ID", " ")]
    with pytest.raises(InvalidInput) as refused:
        await harness.ask(
            *wrong, ("EMAIL", " Ngozi@Example.org "), ("PHONE", "030 901820"), ("PERSON_ID", an_id("psn"))
        )
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        ("aliases[0].value", "NO_EMAIL"),
        ("aliases[1].value", "NO_EMAIL"),
        ("aliases[2].value", "NO_PHONE"),
        ("aliases[3].value", "NO_PERSON_ID"),
    ]
    assert not [value for _, value in wrong if value.strip() and value in str(refused.value)]


async def test_requests_are_listed_by_receipt_and_change_and_counted(harness: Harness) -> None:
    start = harness.clock.now()
    made = []
    for days in (3, 1, 2):
        receipt = start - timedelta(days=days)
        made.append(await harness.ask(("EMAIL", f"n{days}@example.org"), receive_time=receipt))
    harness.clock.advance(timedelta(hours=1))
    searched = await harness.search(made[2])

    async def listed(**asked: Any) -> tuple[list[str], int]:
        page = await list_requests(harness.env, ListRequests(call=a_call(), **asked))
        return [one.value.id for one in page.rows], page.total

    first, second, third = (one.id for one in made)
    assert await listed(order_by="receive_time", include_total_size=True) == ([first, third, second], 3)
    assert await listed(received_since=start - timedelta(days=2)) == ([third, second], 0)
    assert await listed(received_before=start - timedelta(days=2)) == ([first], 0)
    assert await listed(updated_since=searched.update_time) == ([third], 0)
    ready = RequestState.READY_FOR_REVIEW
    assert await listed(state=ready, order_by="receive_time desc", include_total_size=True) == ([third], 1)


async def test_however_many_requests_name_the_alias_a_few_are_looked_at(harness: Harness) -> None:
    requests = [await harness.ask(ME, type=RequestType.COMPLAINT) for _ in range(DUPLICATES_LOOKED_AT + 3)]
    assert requests[-1].duplicate_of_case_id == requests[2].id
