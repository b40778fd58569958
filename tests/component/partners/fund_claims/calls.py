"""What the suites over all protos have to know of claims on funds."""

from typing import Any

from services.demo.scenario import ScenarioClient, money
from tests.capabilities import Calls, Fields
from tests.component.partners.funds.acts import approved, claim, give_back, open_fund
from tests.component.partners.funds.calls import funded

_PROOF = [{"kind": "FUND_EVIDENCE_KIND_INVOICE", "sha256": "a" * 64, "page_count": 2}]


def _id(prefix: str, name: str = "id", **more: Any) -> Fields:
    return lambda loaded: {name: loaded.rows[prefix], **more}


async def _plant(world: Any, one: Any) -> None:
    request = await approved(world.partners, await open_fund(world.partners, one.id, name="Claims"))
    returned = await give_back(world.partners, await claim(world.partners, request))
    one.rows["fcl"] = returned.id


async def _drive(scenario: ScenarioClient) -> None:
    request = await funded(scenario)
    asked = {"amount": money(4), "evidence": _PROOF}
    claim = (await scenario.ask("partners", "SubmitFundClaim", funding_request_id=request, **asked)).fund_claim.id
    await scenario.ask("partners", "ReturnFundClaim", id=claim, reason={"text": "Which fair?"})
    await scenario.ask("partners", "ResubmitFundClaim", id=claim, final=True, **asked)
    done = await scenario.ask("partners", "ApproveFundClaim", id=claim, treatment="FUND_TREATMENT_DISTINCT_SERVICE")
    await scenario.ask_another("partners", "ConfirmDecision", id=done.decision.id)
    await scenario.ask("partners", "PayFundClaim", id=claim, payment_reference="P-1")


CALLS = Calls(
    reads={"GetFundClaim": _id("fcl"), "ListFundClaims": _id("ptn", "partner_id")},
    changes={
        "SubmitFundClaim": _id("frq", "funding_request_id", amount=money(1), evidence=_PROOF),
        "ResubmitFundClaim": _id("fcl", amount=money(1), evidence=_PROOF),
    },
    shown={"GetFundClaim": ("fcl",), "ListFundClaims": ("fcl",)},
    listed={"ListFundClaims": "fcl"},
    plant=_plant,
    new=frozenset({"SubmitFundClaim"}),
    refused=frozenset({"ResubmitFundClaim", "ReturnFundClaim", "ApproveFundClaim", "PayFundClaim"}),
    drive=_drive,
)
