"""What the suites over all protos have to know of certification."""

from typing import Any

from services.demo.scenario import ScenarioClient
from services.partners.certification.domain.tracks import Course
from services.partners.certification.usecases.catalogue import CreateTrack, create_track
from services.partners.certification.usecases.completions import RecordCompletion, record_completion
from tests.builders import NOW
from tests.capabilities import Calls

TRACK: dict[str, Any] = {"code": "FIREWALLS", "name": "Firewalls", "courses": [{"code": "BASE", "valid_months": 24}]}
GATE: dict[str, Any] = {"right": "RIGHT_ORDERING", "product_line": "FIREWALLS", "track": "FIREWALLS", "persons": 1}


async def _plant(world: Any, one: Any) -> None:
    code = one.words.upper()
    await world.partners.run(create_track, CreateTrack, code=code, courses=(Course(code="BASE"),))
    fields = {"contact_id": one.rows["con"], "track": code, "course": "BASE", "completed_on": NOW.date()}
    one.rows["cmp"] = (await world.partners.run(record_completion, RecordCompletion, **fields)).id


async def _prepare(scenario: ScenarioClient) -> None:
    await scenario.ask("partners", "CreateTrack", **TRACK)


async def _drive(scenario: ScenarioClient) -> None:
    await _prepare(scenario)
    await scenario.ask("partners", "SetGate", **GATE)
    done = {"track": "FIREWALLS", "course": "BASE", "completed_on": {"year": 2026, "month": 1, "day": 2}}
    fields = {"partner_id": scenario.held["north"], "person": {"name": "Ida Ohm"}, "roles": ["CONTACT_ROLE_TECHNICAL"]}
    who = (await scenario.ask("partners", "AddContact", **fields)).contact.id
    recorded = await scenario.ask("partners", "RecordCompletion", contact_id=who, **done)
    await scenario.ask("partners", "RevokeCompletion", id=recorded.completion.id)
    await scenario.ask("partners", "SetGate", **{**GATE, "persons": 0})


CALLS = Calls(
    reads={
        "ListCompletions": lambda loaded: {"partner_id": loaded.rows["ptn"]},
        "GetCertification": lambda loaded: {"partner_id": loaded.rows["ptn"]},
    },
    shown={"ListCompletions": ("cmp",), "GetCertification": ()},
    listed={"ListCompletions": "cmp"},
    plant=_plant,
    refused=frozenset({"CreateTrack", "RecordCompletion", "RevokeCompletion"}),
    repeated={"SetGate": ("partners", lambda _: GATE)},
    prepare=_prepare,
    drive=_drive,
)
