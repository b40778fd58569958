"""What the suites over all protos have to know of funds."""

from datetime import timedelta
from typing import Any

from services.demo.scenario import ScenarioClient, day, money
from tests.capabilities import Calls, Fields
from tests.component.partners.funds.acts import approved, open_fund
from tests.unit.partners.funds.built import FIRST, LAST


def _id(prefix: str, name: str = "id", **more: Any) -> Fields:
    return lambda loaded: {name: loaded.rows[prefix], **more}


_DAYS = {"first_day": day(FIRST), "last_day": day(LAST)}
_ACTIVITY = {"activity_type": "FUND_ACTIVITY_TYPE_EVENT", "title": "Road show"}


def _around(scenario: ScenarioClient) -> dict[str, Any]:
    """A period with today in it, whatever the time zone."""
    days = timedelta(days=300)
    return {"first_day": day(scenario.today - days), "last_day": day(scenario.today + days)}


async def _plant(world: Any, one: Any) -> None:
    fund = await open_fund(world.partners, one.id)
    request = await approved(world.partners, fund)
    one.rows.update({"fnd": fund.id, "frq": request.id})


async def _fund(scenario: ScenarioClient) -> str:
    days = _around(scenario)
    made = await scenario.ask(
        "partners",
        "OpenFund",
        partner_id=scenario.held["north"],
        name="Spring",
        currency="EUR",
        basis="FUND_BASIS_DISCRETIONARY",
        budget=money(1000),
        **days,
    )
    return str(made.fund.id)


async def _draft(scenario: ScenarioClient, fund: str, amount: int = 10) -> str:
    days = _around(scenario)
    made = await scenario.ask(
        "partners", "CreateFundingRequest", fund_id=fund, amount=money(amount), **_ACTIVITY, **days
    )
    return str(made.funding_request.id)


async def funded(scenario: ScenarioClient, fund: str = "") -> str:
    """An approved request of the partner in the north, on this fund or a new one; its id."""
    request = await _draft(scenario, fund or await _fund(scenario))
    await scenario.ask("partners", "SubmitFundingRequest", id=request)
    asked = await scenario.ask("partners", "ApproveFundingRequest", id=request)
    await scenario.ask_another("partners", "ConfirmDecision", id=asked.decision.id)
    return request


async def _drive(scenario: ScenarioClient) -> None:
    fund = await _fund(scenario)
    await scenario.ask("partners", "TopUpFund", id=fund, amount=money(5))
    rejected, withdrawn = [await _draft(scenario, fund) for _ in range(2)]
    await scenario.ask("partners", "SubmitFundingRequest", id=rejected)
    await scenario.ask("partners", "CancelFundingRequest", id=withdrawn)
    await scenario.ask("partners", "RejectFundingRequest", id=rejected, reason={"text": "Not this year."})
    await funded(scenario, fund)


CALLS = Calls(
    reads={
        "GetFund": _id("fnd"),
        "ListFunds": _id("ptn", "partner_id"),
        "ListFundEntries": _id("fnd", "fund_id"),
        "GetFundingRequest": _id("frq"),
        "ListFundingRequests": _id("ptn", "partner_id"),
    },
    changes={
        "CreateFundingRequest": _id("fnd", "fund_id", amount=money(1), **_ACTIVITY, **_DAYS),
        "SubmitFundingRequest": _id("frq"),
        "CancelFundingRequest": _id("frq"),
    },
    shown={
        "GetFund": ("fnd",),
        "ListFunds": ("fnd",),
        "ListFundEntries": ("fnd", "frq"),
        "GetFundingRequest": ("frq",),
        "ListFundingRequests": ("frq",),
    },
    listed={"ListFunds": "fnd", "ListFundingRequests": "frq"},
    plant=_plant,
    new=frozenset({"OpenFund", "TopUpFund", "CreateFundingRequest"}),
    refused=frozenset(
        {"SubmitFundingRequest", "CancelFundingRequest", "ApproveFundingRequest", "RejectFundingRequest"}
    ),
    drive=_drive,
)
