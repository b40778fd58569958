"""The life of a partner, as a table over every state and transition, and what each keeps and tells."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from libs.errors import InvalidInput, WrongState
from libs.partner import PartnerStatus
from libs.person import PersonalText
from services.partners.application import domain
from services.partners.application.domain import PartnerChanges, RegistrationIdMissing
from services.partners.application.events import PartnerApplied, PartnerTierSet
from services.partners.hierarchy.domain import set_downline_access
from services.partners.record.domain.partner import Partner, number_text
from services.partners.record.domain.states import PartnerKind, StatusReason
from services.partners.record.events import PartnerEvent, PartnerFacts, facts_of
from tests.builders import NOW, an_id
from tests.unit.partners.partners import PROFILE, a_partner

LATER = NOW + timedelta(days=1)
REASON = StatusReason.OVERDUE_PAYMENT
NOTE = PersonalText(text="Please talk to us.")
S = PartnerStatus

TRANSITIONS: dict[str, Callable[[Partner], tuple[Partner, PartnerEvent]]] = {
    "update": lambda partner: domain.update(partner, PartnerChanges(trade_name="ZU"), now=LATER),
    "start_vetting": lambda partner: domain.start_vetting(partner, now=LATER),
    "approve": lambda partner: domain.approve(partner, now=LATER),
    "reject": lambda partner: domain.reject(partner, REASON, note=NOTE, now=LATER),
    "suspend": lambda partner: domain.suspend(partner, REASON, note=NOTE, now=LATER),
    "reinstate": lambda partner: domain.reinstate(partner, note=NOTE, now=LATER),
    "terminate": lambda partner: domain.terminate(partner, REASON, note=NOTE, now=LATER),
    "set_tier": lambda partner: domain.set_tier(partner, "GOLD", 3, now=LATER),
    "set_downline_access": lambda partner: set_downline_access(partner, sees_downline=True, now=LATER),
}

# Rows: where a partner stands. Columns: the transitions it may make, and where each leads. Everything else is refused.
TABLE: dict[PartnerStatus, dict[str, PartnerStatus]] = {
    S.APPLIED: {"update": S.APPLIED, "start_vetting": S.VETTING, "reject": S.REJECTED},
    S.VETTING: {"update": S.VETTING, "approve": S.ACTIVE, "reject": S.REJECTED},
    S.ACTIVE: {
        "update": S.ACTIVE,
        "suspend": S.SUSPENDED,
        "terminate": S.TERMINATED,
        "set_tier": S.ACTIVE,
        "set_downline_access": S.ACTIVE,
    },
    S.SUSPENDED: {
        "update": S.SUSPENDED,
        "reinstate": S.ACTIVE,
        "terminate": S.TERMINATED,
        "set_tier": S.SUSPENDED,
        "set_downline_access": S.SUSPENDED,
    },
    S.TERMINATED: {},
    S.REJECTED: {},
}


@pytest.mark.parametrize("status", list(PartnerStatus))
@pytest.mark.parametrize("transition", TRANSITIONS)
def test_a_transition_is_made_from_the_states_of_the_table_only(status: PartnerStatus, transition: str) -> None:
    partner = a_partner(status)
    wanted = TABLE[status].get(transition)
    if wanted is None:
        with pytest.raises(WrongState) as refused:
            TRANSITIONS[transition](partner)
        allowed = ", ".join(sorted(one.name for one, row in TABLE.items() if transition in row))
        assert refused.value.metadata == {
            "kind": "partner",
            "id": partner.id,
            "state": status.name,
            "allowed": allowed,
        }
        return
    changed, event = TRANSITIONS[transition](partner)
    assert changed.status is wanted
    assert changed.update_time == LATER
    assert event.facts == facts_of(changed)
    assert event.partner_id == partner.id


def test_what_a_partners_people_see_of_its_downline_is_set_and_ends_with_it() -> None:
    opened, event = set_downline_access(a_partner(S.ACTIVE), sees_downline=True, now=LATER)
    assert (opened.sees_downline, event.facts.sees_downline) == (True, True)
    assert domain.suspend(opened, REASON, note=None, now=LATER)[0].sees_downline
    ended, event_of_the_end = domain.terminate(opened, REASON, note=None, now=LATER)
    assert (ended.sees_downline, event_of_the_end.facts.sees_downline) == (False, False)
    closed, _ = set_downline_access(opened, sees_downline=False, now=LATER)
    assert not closed.sees_downline


def test_an_applicant_begins_with_what_it_says() -> None:
    partner, event = domain.apply(an_id("ptn"), PROFILE, parent_partner_id=an_id("ptn", 2), now=NOW)
    keyless = {"registration_key": None, "name_key": None, "name_rules": 0}
    assert partner == replace(a_partner(parent=an_id("ptn", 2)), **keyless)
    assert event == PartnerApplied(
        partner_id=partner.id,
        facts=PartnerFacts(
            status=S.APPLIED,
            kind=PartnerKind.RESELLER,
            country="DE",
            tier="",
            tier_rank=0,
            parent_partner_id=an_id("ptn", 2),
            sees_downline=False,
            external_source="",
            external_id="",
        ),
    )


def test_approval_needs_a_registration_id() -> None:
    nameless = replace(a_partner(S.VETTING), registration_id="", registration_id_type=None, registration_key=None)
    with pytest.raises(RegistrationIdMissing):
        domain.approve(nameless, now=LATER)


def test_the_registration_id_of_an_active_partner_cannot_be_emptied_but_that_of_an_applicant_can() -> None:
    empty = PartnerChanges(registration_id="", registration_id_type=None)
    with pytest.raises(RegistrationIdMissing):
        domain.update(a_partner(S.ACTIVE), empty, now=LATER)
    changed, _ = domain.update(a_partner(S.APPLIED), empty, now=LATER)
    assert (changed.registration_id, number_text(changed)) == ("", "")


@pytest.mark.parametrize("transition", ["reject", "terminate"])
def test_the_end_frees_the_registration_id_and_says_why(transition: str) -> None:
    status = S.APPLIED if transition == "reject" else S.ACTIVE
    ended, event = TRANSITIONS[transition](a_partner(status))
    assert ended.registration_key is None
    assert (ended.status_reason, ended.status_note) == (REASON, NOTE)
    assert event.status_reason is REASON  # type: ignore[attr-defined]  # both of these events say why


def test_the_first_approval_is_when_it_became_active_and_stays_that() -> None:
    active, _ = domain.approve(a_partner(S.VETTING), now=LATER)
    suspended, _ = domain.suspend(active, REASON, note=None, now=LATER + timedelta(days=1))
    again, _ = domain.reinstate(suspended, note=None, now=LATER + timedelta(days=2))
    assert again.activate_time == LATER


def test_reinstatement_keeps_why_it_was_suspended_and_replaces_the_note_only_by_another() -> None:
    suspended, _ = domain.suspend(a_partner(S.ACTIVE), REASON, note=NOTE, now=LATER)
    kept, _ = domain.reinstate(suspended, note=None, now=LATER)
    assert (kept.status_reason, kept.status_note) == (REASON, NOTE)
    welcome = PersonalText(text="Welcome back.")
    replaced, _ = domain.reinstate(suspended, note=welcome, now=LATER)
    assert (replaced.status_reason, replaced.status_note) == (REASON, welcome)


def test_a_tier_is_told_with_its_rank() -> None:
    partner, event = domain.set_tier(a_partner(S.ACTIVE), "GOLD", 3, now=LATER)
    assert (partner.tier, partner.tier_rank) == ("GOLD", 3)
    assert event == PartnerTierSet(partner_id=partner.id, facts=facts_of(partner))


def test_an_update_sets_the_named_fields_only_and_names_them() -> None:
    before = a_partner(S.ACTIVE)
    changed, event = domain.update(before, PartnerChanges(trade_name="ZU", phone="030 901820"), now=LATER)
    assert changed == replace(before, trade_name="ZU", phone="+4930901820", update_time=LATER)
    assert event.fields == ("phone", "trade_name")


def test_an_update_names_everything_that_is_wrong_with_it() -> None:
    changes = PartnerChanges(legal_name="  ", domain="localhost", phone="none")
    with pytest.raises(InvalidInput) as refused:
        domain.update(a_partner(), changes, now=LATER)
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        ("legal_name", "REQUIRED"),
        ("domain", "NOT_A_DOMAIN"),
        ("phone", "NOT_A_PHONE_NUMBER"),
    ]


def test_what_an_update_leaves_alone_is_not_judged_again() -> None:
    odd = replace(a_partner(), domain="localhost", registration_id="1", registration_key="DE:VAT:1")
    changed, _ = domain.update(odd, PartnerChanges(trade_name="ZU"), now=LATER)
    assert changed == replace(odd, trade_name="ZU", update_time=LATER)


@pytest.mark.parametrize("field", ["registration_id", "registration_id_type"])
def test_a_registration_id_is_set_together_with_its_register(field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        domain.update(a_partner(), PartnerChanges(**{field: getattr(PROFILE, field)}), now=LATER)
    [violation] = refused.value.violations
    assert (violation.field, violation.reason) == ("update_mask", "REQUIRED_TOGETHER")
