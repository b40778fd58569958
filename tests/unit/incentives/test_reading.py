"""The sample plan is one that a cell takes, and what a command prints of the ledger."""

from datetime import date
from pathlib import Path

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from libs.runtime.toml_request import read_request
from services.incentives.calling import _decimal
from services.orders.incentives import wire
from services.orders.incentives.domain.plan import ClawbackPeriod, PayoutCalendar, RateKind
from services.orders.incentives.domain.rules import content_violations
from tests.builders import a_call

SAMPLE = Path("services/incentives/volume.toml")


def test_the_sample_is_a_plan_without_faults() -> None:
    call: Call = a_call()
    plan = wire.DRAFT.decode(read_request(SAMPLE, pb.DraftIncentivePlanRequest()), call=call).content
    assert [*content_violations(plan)] == []
    assert (plan.code, plan.calendar, plan.clawback) == ("VOLUME", PayoutCalendar.QUARTER, ClawbackPeriod.SALE)
    assert plan.effective_day == date(2027, 1, 1)
    assert plan.rules[0].kind is RateKind.RETROACTIVE


def test_amounts_of_the_ledger_are_printed_exactly() -> None:
    assert [_decimal(one) for one in (0, 10**8, -3_3340_0000, 1)] == ["0", "1", "-3.334", "0.00000001"]
