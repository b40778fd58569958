"""A reviewer yields to a protected rival, unless somebody who may says why not; and sees what is not sure enough."""

import pytest
from msgspec.structs import replace

from libs.country import RegistrationIdType
from libs.errors import InvalidInput, PermissionDenied
from libs.pb.prm.deals import v1 as pb
from libs.pb.prm.deals.v1 import deals_service_pb2
from libs.pb.prm.options.v1 import options_pb2
from libs.person import PersonalText
from libs.privacy.keys import Keys
from libs.store.port import Store
from services.deals.claims.domain.registration import Customer, Registration
from services.deals.claims.domain.states import OverrideReason, Review
from services.deals.conflicts.domain.overriding import CustomerProtected
from services.deals.review import usecases as decisions
from services.deals.settings import Policy
from tests.builders import asked_by
from tests.component.deals.harness import PARTNER, RIVAL, Harness

REVIEWER, HEAD = asked_by("dev:reviewer"), asked_by("dev:head", decisions.MAY_OVERRIDE)

MUNICH = Customer(
    legal_name="Nord Bau GmbH",
    country="DE",
    subdivision="BY",
    registration_id="DE136695976",
    registration_id_type=RegistrationIdType.VAT,
    domain="nord-bau.de",
)

BERLIN = replace(MUNICH, subdivision="BE", registration_id="DE129273398", domain="nord-berlin.de")


async def _approve(harness: Harness, reg: Registration, by: object, **fields: object) -> Registration:
    command = decisions.ApproveRegistration(call=by, id=reg.id, **fields)  # type: ignore[arg-type]  # as a table says
    return await harness.env.run(decisions.approve_registration, command)


async def test_two_companies_of_one_name_are_both_protected_and_the_reviewer_saw_why_they_might_be_one(
    harness: Harness,
) -> None:
    await harness.approved(RIVAL, customer=MUNICH)
    mine = await harness.claimed(customer=BERLIN)
    [found] = await harness.conflicts(mine)
    assert found.score < Policy().conflict_threshold
    assert (len(found.reasons), len(found.contradictions)) == (1, 2)
    assert (await _approve(harness, mine, REVIEWER)).review is Review.APPROVED


async def test_the_vendor_decides_how_sure_is_sure_enough(harness: Harness, store: Store, keys: Keys) -> None:
    name_alone = Customer(legal_name="Nord Bau", country="DE", phone="030 901820")
    await harness.approved(RIVAL, customer=MUNICH)
    mine = await harness.claimed(customer=name_alone)
    strict = Harness(store, keys, clock=harness.clock, policy=Policy(conflict_threshold=75))
    with pytest.raises(CustomerProtected) as refused:
        await _approve(strict, mine, REVIEWER)
    assert (refused.value.metadata["score"], refused.value.metadata["threshold"]) == ("75", "75")
    assert (await _approve(harness, mine, REVIEWER)).review is Review.APPROVED


async def test_who_may_overrides_a_protection_with_a_reason_that_is_kept_and_told(harness: Harness) -> None:
    theirs, mine = await harness.approved(RIVAL), await harness.claimed()
    with pytest.raises(CustomerProtected):
        await _approve(harness, mine, HEAD)
    harness.events()
    done = await _approve(harness, mine, HEAD, override_reason=OverrideReason.OTHER_PROJECT)
    assert (done.review, done.override_reason) == (Review.APPROVED, OverrideReason.OTHER_PROJECT)
    expected = pb.ConflictOverridden(
        registration_id=mine.id,
        partner_id=PARTNER,
        reason=pb.OVERRIDE_REASON_OTHER_PROJECT,
        score=90,
        overridden_registration_ids=[theirs.id],
    )
    assert [(name, body) for name, _, body in harness.events() if name != "RegistrationApproved"] == [
        ("ConflictOverridden", expected)
    ]


async def test_who_may_not_override_is_refused_also_where_nothing_is_in_the_way(harness: Harness) -> None:
    mine = await harness.claimed()
    with pytest.raises(PermissionDenied) as refused:
        await _approve(harness, mine, REVIEWER, override_reason=OverrideReason.AGREED)
    assert refused.value.permission == decisions.MAY_OVERRIDE
    assert (await harness.reg(mine)).review is Review.UNDER_REVIEW


async def test_a_reason_is_not_kept_where_nothing_was_overridden(harness: Harness) -> None:
    mine = await harness.claimed()
    harness.events()
    assert (await _approve(harness, mine, HEAD, override_reason=OverrideReason.AGREED)).override_reason is None
    assert harness.names() == ["RegistrationApproved"]


async def test_another_reason_needs_a_note_that_says_which(harness: Harness) -> None:
    await harness.approved(RIVAL)
    mine = await harness.claimed()
    for nothing in (None, PersonalText(text=" ")):
        with pytest.raises(InvalidInput) as refused:
            await _approve(harness, mine, HEAD, override_reason=OverrideReason.OTHER, decision_note=nothing)
        assert [(one.field, one.reason) for one in refused.value.violations] == [("decision_note", "REQUIRED")]
    note = PersonalText(text="By order of the board")
    assert (
        await _approve(harness, mine, HEAD, override_reason=OverrideReason.OTHER, decision_note=note)
    ).override_reason


def test_the_proto_names_the_permission_that_overriding_takes() -> None:
    method = deals_service_pb2.DESCRIPTOR.services_by_name["DealRegistrationService"].methods_by_name[
        "ApproveRegistration"
    ]
    assert list(method.GetOptions().Extensions[options_pb2.access].by_request) == [decisions.MAY_OVERRIDE]
