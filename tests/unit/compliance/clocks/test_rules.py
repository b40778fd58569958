"""Every law gives every type of request a deadline and a legal basis, and a rule applies from its date on."""

from datetime import UTC, date, datetime

import pytest

from libs.deadlines import CalendarDays, due_at
from services.compliance.clocks.domain.regimes import Regime, RequestType
from services.compliance.clocks.domain.rules import Standing, rule_of, rules
from tests.unit.compliance.clocks.started import the_terms

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
COUNTRY = {
    Regime.GDPR: "DE",
    Regime.UK_GDPR: "GB",
    Regime.PIPL: "CN",
    Regime.CCPA: "US",
    Regime.LGPD: "BR",
    Regime.SA_PDPL: "SA",
    Regime.DPDP: "IN",
    Regime.VN_PDP: "VN",
    Regime.ID_PDP: "ID",
    Regime.RU_152FZ: "RU",
    Regime.NDPA: "NG",
    Regime.KZ_94V: "KZ",
    Regime.OTHER: "JP",
}


@pytest.mark.parametrize("received", [datetime(1970, 1, 2, tzinfo=UTC), AT, datetime(2027, 5, 13, 12, tzinfo=UTC)])
@pytest.mark.parametrize("type", RequestType)
@pytest.mark.parametrize("regime", Regime)
def test_every_type_under_every_law_has_a_deadline_and_a_legal_basis(
    regime: Regime, type: RequestType, received: datetime
) -> None:
    terms = the_terms(COUNTRY[regime], type, received, regime)
    due = due_at(terms.answer, terms.calendar, start=received)
    assert due is not None
    assert due > received
    assert terms.basis
    assert terms.source
    if terms.extended is not None:
        longer = due_at(terms.extended, terms.calendar, start=received)
        assert longer is not None
        assert longer > due


def test_every_law_but_other_has_rows_of_its_own_and_no_two_rows_are_of_the_same_day() -> None:
    assert {one.regime for one in rules()} == set(Regime) - {Regime.OTHER}
    keys = [(one.regime, one.type, one.in_force) for one in rules()]
    assert len(keys) == len(set(keys))
    versions = [(one.regime, one.type, one.version) for one in rules()]
    assert len(versions) == len(set(versions))
    assert not [one for one in rules() if one.standing is Standing.HOUSE_LIMIT and "house limit" not in one.basis]


@pytest.mark.parametrize(
    ("regime", "type", "before", "since"),
    [
        (Regime.DPDP, RequestType.ACCESS, date(2027, 5, 12), date(2027, 5, 13)),
        (Regime.UK_GDPR, RequestType.COMPLAINT, date(2026, 6, 18), date(2026, 6, 19)),
        (Regime.GDPR, RequestType.ERASURE, date(2027, 4, 1), date(2027, 4, 2)),
        (Regime.VN_PDP, RequestType.ACCESS, date(2025, 12, 31), date(2026, 1, 1)),
    ],
)
def test_a_rule_does_not_apply_to_receipts_before_it_was_in_force(
    regime: Regime, type: RequestType, before: date, since: date
) -> None:
    new, old = rule_of(regime, type, since), rule_of(regime, type, before)
    assert new is not None
    assert new.in_force == since
    assert old != new


def test_a_british_complaint_is_acknowledged_within_thirty_days_since_june_2026() -> None:
    earlier = the_terms("GB", RequestType.COMPLAINT, datetime(2026, 6, 18, 12, tzinfo=UTC))
    later = the_terms("GB", RequestType.COMPLAINT, datetime(2026, 6, 19, 12, tzinfo=UTC))
    assert earlier.acknowledge is None
    assert later.acknowledge is not None
    assert later.acknowledge.allowance == CalendarDays(days=30)


def test_the_day_on_which_a_rule_is_in_force_is_the_local_day_of_the_receipt() -> None:
    """19:00 UTC on 12 May is half past midnight of the 13th in India."""
    received = datetime(2027, 5, 12, 19, tzinfo=UTC)
    assert the_terms("IN", RequestType.ACCESS, received).regime is Regime.DPDP
    assert the_terms("IN", RequestType.ACCESS, datetime(2027, 5, 12, 18, tzinfo=UTC)).regime is not Regime.DPDP


def test_the_proof_of_an_early_resolution_is_a_duty_from_april_2027_on() -> None:
    assert the_terms("FR", RequestType.ACCESS, datetime(2027, 4, 1, 12, tzinfo=UTC)).duty == ""
    assert "2025/2518" in the_terms("FR", RequestType.ACCESS, datetime(2027, 4, 2, 12, tzinfo=UTC)).duty
