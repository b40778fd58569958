"""What the suites over all protos have to know of agreements."""

from typing import Any

from services.demo.scenario import ScenarioClient, day
from services.partners.agreement.domain.states import Party
from services.partners.agreement.usecases.writing import DraftAgreement, draft_agreement
from tests.capabilities import Calls
from tests.component.partners.agreement.acts import HASH, sent, sign, terms

TERMS: dict[str, Any] = {
    "valid_from": {"year": 2026, "month": 1, "day": 1},
    "valid_until": {"year": 2099, "month": 12, "day": 31},
    "renewal": "RENEWAL_MANUAL",
    "renewal_months": 12,
    "notice_months": 3,
    "registering": True,
    "funds": True,
    "document_sha256": HASH,
}
SIGNER = {"name": "Eva Grün", "email": "eva@sign.example"}


async def _plant(world: Any, one: Any) -> None:
    draft = await world.partners.run(draft_agreement, DraftAgreement, partner_id=one.id, terms=terms())
    signed = await sign(world.partners, await sent(world.partners, draft), Party.PARTNER, name=one.words)
    one.rows["agr"] = signed.id


async def _active(scenario: ScenarioClient) -> str:
    await _prepare(scenario)
    id = scenario.held["agreement"]
    await scenario.ask("partners", "ReviseAgreement", id=id, terms={**TERMS, "notice_months": 4})
    await scenario.ask("partners", "SendAgreement", id=id)
    for party in ("PARTY_VENDOR", "PARTY_PARTNER"):
        signed = {"party": party, "person": SIGNER, "signed_on": day(scenario.today), "document_sha256": HASH}
        await scenario.ask("partners", "SignAgreement", id=id, **signed)
    return id


async def _prepare(scenario: ScenarioClient) -> None:
    drafted = await scenario.ask("partners", "DraftAgreement", partner_id=scenario.held["north"], terms=TERMS)
    scenario.held["agreement"] = drafted.agreement.id


async def _drive(scenario: ScenarioClient) -> None:
    id = await _active(scenario)
    await scenario.ask("partners", "RenewAgreement", id=id)
    await scenario.ask("partners", "GiveNotice", id=id, party="PARTY_VENDOR")
    await scenario.ask("partners", "TerminateAgreement", id=id, cause="TERMINATION_CAUSE_MUTUAL")


CALLS = Calls(
    reads={
        "GetAgreement": lambda loaded: {"id": loaded.rows["agr"]},
        "ListAgreements": lambda loaded: {"partner_id": loaded.rows["ptn"]},
    },
    shown={"GetAgreement": ("agr",), "ListAgreements": ("agr",)},
    listed={"ListAgreements": "agr"},
    plant=_plant,
    new=frozenset({"DraftAgreement", "RenewAgreement"}),
    refused=frozenset({"SendAgreement", "SignAgreement", "GiveNotice", "TerminateAgreement"}),
    repeated={"ReviseAgreement": ("partners", lambda scenario: {"id": scenario.held["agreement"], "terms": TERMS})},
    prepare=_prepare,
    drive=_drive,
)
