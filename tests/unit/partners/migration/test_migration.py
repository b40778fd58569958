"""What a row says of a partner is kept as it is, and refused where no partner here could be so."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.partner import PartnerStatus
from services.partners.migration.domain import Standing, contradictions, migrate
from services.partners.migration.events import PartnerImported
from services.partners.record.domain.partner import number_text, open_partner
from services.partners.record.domain.states import StatusReason
from services.partners.record.events import facts_of
from tests.builders import NOW, an_id
from tests.unit.partners.partners import PROFILE

S = PartnerStatus
APPLIED, ACTIVATED = NOW - timedelta(days=20), NOW - timedelta(days=10)
OPENED = open_partner(an_id("ptn"), PROFILE, parent_partner_id=an_id("ptn", 2), now=NOW)
STANDING = Standing(
    status=S.ACTIVE,
    status_reason=None,
    tier="GOLD",
    tier_rank=3,
    external_source="erp",
    external_id="R-1",
    imported_as="row",
    apply_time=APPLIED,
    activate_time=ACTIVATED,
)
# Which values of a row go with which state; what is not named here is refused.
ALLOWED = {
    S.APPLIED: set(),
    S.VETTING: set(),
    S.REJECTED: {"status_reason"},
    S.ACTIVE: {"tier", "activate_time", "status_reason"},
    S.SUSPENDED: {"tier", "activate_time", "status_reason"},
    S.TERMINATED: {"tier", "activate_time", "status_reason"},
}
GIVEN: dict[str, dict[str, Any]] = {
    "tier": {"tier": "GOLD", "tier_rank": 3},
    "activate_time": {"activate_time": ACTIVATED},
    "status_reason": {"status_reason": StatusReason.OTHER},
}
NOTHING: dict[str, Any] = {"status_reason": None, "tier": "", "tier_rank": 0, "activate_time": None}


def test_a_partner_is_what_the_row_says_and_the_event_tells_it() -> None:
    partner, event = migrate(OPENED, STANDING)
    assert partner == replace(
        OPENED,
        status=S.ACTIVE,
        tier="GOLD",
        tier_rank=3,
        external_source="erp",
        external_id="R-1",
        imported_as="row",
        apply_time=APPLIED,
        activate_time=ACTIVATED,
        create_time=APPLIED,
    )
    assert event == PartnerImported(partner_id=partner.id, facts=facts_of(partner))


@pytest.mark.parametrize(
    ("apply_time", "activate_time", "began"),
    [(APPLIED, ACTIVATED, APPLIED), (None, ACTIVATED, ACTIVATED), (None, None, NOW)],
)
def test_a_partner_exists_since_the_first_time_that_is_known(
    apply_time: datetime | None, activate_time: datetime | None, began: datetime
) -> None:
    partner, _ = migrate(OPENED, replace(STANDING, apply_time=apply_time, activate_time=activate_time))
    assert partner.create_time == began


@pytest.mark.parametrize("status", [S.REJECTED, S.TERMINATED])
def test_a_partner_that_has_ended_takes_no_registration_id(status: PartnerStatus) -> None:
    assert number_text(OPENED) == "DE:VAT:136695976"
    assert number_text(migrate(OPENED, replace(STANDING, status=status))[0]) == ""


@pytest.mark.parametrize("status", list(PartnerStatus))
@pytest.mark.parametrize("field", GIVEN)
def test_a_value_goes_with_the_states_of_the_table_only(status: PartnerStatus, field: str) -> None:
    found = list(contradictions(status, **(NOTHING | GIVEN[field])))
    expected = [] if field in ALLOWED[status] else [(field, "NOT_WITH_STATUS")]
    assert [(one.field, one.reason) for one in found] == expected


@pytest.mark.parametrize("alone", [{"tier": "GOLD"}, {"tier_rank": 3}])
def test_a_tier_and_its_rank_are_given_together(alone: dict[str, Any]) -> None:
    [violation] = contradictions(S.ACTIVE, **(NOTHING | alone))
    assert (violation.field, violation.reason) == ("tier_rank", "REQUIRED_TOGETHER")
