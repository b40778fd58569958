"""What the suites over all protos have to know of near matches."""

from services.demo.scenario import ScenarioClient
from tests.capabilities import Calls


async def _prepare(scenario: ScenarioClient) -> None:
    """Two claims on customers that are written differently."""
    for place, name in enumerate(("Zweifelhaft Anlagenbau GmbH", "Zweifelhafft Anlagebau")):
        made = await scenario.ask(
            "deals",
            "CreateRegistration",
            partner_id=scenario.held["north"],
            customer={"legal_name": name, "country": "DE", "domain": f"zweifelhaft-{place}.example"},
            lines=[{"sku": "RTR-1", "quantity": 1}],
        )
        await scenario.ask("deals", "SubmitRegistration", id=made.registration.id)
        scenario.held[f"near_{place}"] = made.registration.id


def _pair(scenario: ScenarioClient) -> dict[str, object]:
    return {
        "registration_id": scenario.held["near_0"],
        "other_registration_id": scenario.held["near_1"],
        "verdict": "PAIR_VERDICT_DIFFERENT",
        "reason": "PAIR_REASON_OTHER_SITE",
    }


async def _drive(scenario: ScenarioClient) -> None:
    await _prepare(scenario)
    await scenario.ask("deals", "JudgePair", **_pair(scenario))
    said = {"verdict": "PAIR_VERDICT_SAME", "reason": "PAIR_REASON_OTHER_SPELLING"}
    await scenario.ask("deals", "JudgePair", **{**_pair(scenario), **said})


CALLS = Calls(repeated={"JudgePair": ("deals", _pair)}, prepare=_prepare, drive=_drive)
