"""What holds for every call: repetition, versions, partners that are not active, claims that do not exist."""

import pytest

from libs.errors import EtagMismatch, NotFound, RequestIdReused, WrongState
from libs.partner import PartnerNotActive, PartnerStatus
from services.deals.claims.domain.registration import RegistrationLine
from services.deals.claims.domain.states import Stage
from services.deals.conflicts import usecases as conflicts
from services.deals.conversion import usecases as conversion
from services.deals.overview import usecases as overview
from services.deals.protection import usecases as protection
from services.deals.review import usecases as decisions
from tests.builders import an_id
from tests.component.deals.harness import Harness

SWITCHES = RegistrationLine(sku="SW-1", product_line="SWITCHES")


async def test_a_repeated_creation_gets_the_first_answer_and_another_one_under_its_id_is_refused(
    harness: Harness,
) -> None:
    first = await harness.draft(request_id="r1")
    assert await harness.draft(request_id="r1") == first
    with pytest.raises(RequestIdReused):
        await harness.draft(request_id="r1", lines=(SWITCHES,))
    with pytest.raises(RequestIdReused):
        await harness.submit(first, request_id="r1")
    assert harness.names() == ["RegistrationCreated"]


async def test_a_repetition_gets_its_answer_also_when_the_claim_has_moved_on(harness: Harness) -> None:
    reg = await harness.draft()
    submitted = await harness.submit(reg, request_id="r2")
    await harness.run(decisions.start_review, decisions.StartReview, id=reg.id)
    assert await harness.submit(reg, request_id="r2") == submitted
    with pytest.raises(WrongState):
        await harness.submit(reg)


async def test_whoever_has_read_an_older_version_is_refused(harness: Harness) -> None:
    reg = await harness.draft()
    submitted = await harness.submit(reg, etag="1")
    for use_case, command in (
        (decisions.start_review, decisions.StartReview),
        (decisions.approve_registration, decisions.ApproveRegistration),
        (protection.withdraw_registration, protection.WithdrawRegistration),
    ):
        with pytest.raises(EtagMismatch):
            await harness.run(use_case, command, id=reg.id, etag="1")
    assert await harness.reg(reg) == submitted


@pytest.mark.parametrize("status", [one for one in PartnerStatus if one is not PartnerStatus.ACTIVE])
async def test_only_an_active_partner_claims_submits_and_wins(harness: Harness, status: PartnerStatus) -> None:
    reg, won = await harness.draft(), await harness.approved()
    await harness.partner(status=status, facts_version=2)
    for act in (harness.draft(), harness.submit(reg), harness.convert(won)):
        with pytest.raises(PartnerNotActive):
            await act


async def test_nobody_finds_what_does_not_exist(harness: Harness) -> None:
    unknown = an_id("reg")
    for use_case, command, fields in (
        (decisions.submit_registration, decisions.SubmitRegistration, {}),
        (decisions.start_review, decisions.StartReview, {}),
        (decisions.request_changes, decisions.RequestChanges, {"requested_fields": ("lines",)}),
        (decisions.approve_registration, decisions.ApproveRegistration, {}),
        (protection.withdraw_registration, protection.WithdrawRegistration, {}),
        (protection.advance_stage, protection.AdvanceStage, {"stage": Stage.QUALIFIED}),
        (conversion.convert_registration, conversion.ConvertRegistration, {}),
    ):
        with pytest.raises(NotFound):
            await harness.run(use_case, command, id=unknown, **fields)
    with pytest.raises(NotFound):
        await harness.look(overview.get_registration, overview.GetRegistration, id=unknown)
    with pytest.raises(NotFound):
        await harness.look(conflicts.list_conflicts, conflicts.ListConflicts, registration_id=unknown)
