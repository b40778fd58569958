"""What the suites over all protos ask of notes."""

from typing import Any

from libs.person import PersonalText
from services.demo.scenario import ScenarioClient
from services.partners.notes import usecases
from tests.capabilities import Calls


async def _plant(world: Any, one: Any) -> None:
    note = await world.partners.run(
        usecases.create_partner_note,
        usecases.CreatePartnerNote,
        partner_id=one.id,
        body=PersonalText(text=one.words),
    )
    one.rows["pnt"] = note.id


async def _drive(scenario: ScenarioClient) -> None:
    note = {"text": "Seitenwind meldet sich nach der Messe."}
    north = scenario.held["north"]
    await scenario.ask("partners", "CreatePartnerNote", partner_id=north, body=note)
    await scenario.ask("partners", "ListPartnerNotes", partner_id=north)


CALLS = Calls(
    reads={"ListPartnerNotes": lambda one: {"partner_id": one.id}},
    changes={"CreatePartnerNote": lambda one: {"partner_id": one.id, "body": {"text": "x"}}},
    shown={"ListPartnerNotes": ("pnt",)},
    plant=_plant,
    new=frozenset({"CreatePartnerNote"}),
    drive=_drive,
)
