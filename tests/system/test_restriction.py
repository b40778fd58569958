"""A restricted person is masked for everybody but compliance, in rows from before and after, until it is lifted."""

from pathlib import Path
from typing import Any

from libs.pb.prm.compliance import v1 as pb
from services.demo.scenario import ScenarioClient
from tests.system.erasures import a_cell, contact, is_ready

EMAIL, NAME = "anna.kern@example.org", "Anna Kern"


def _is_taken(found: Any) -> bool:
    return bool(found.measure.state == pb.MEASURE_STATE_TAKEN)


async def _request(scenario: ScenarioClient) -> str:
    made = await scenario.ask(
        "compliance",
        "CreateRequest",
        type="REQUEST_TYPE_RESTRICTION",
        country="DE",
        channel="REQUEST_CHANNEL_EMAIL",
        identity_proof="IDENTITY_PROOF_ACCOUNT",
        subject={"name": NAME},
        aliases=[{"field": "ALIAS_FIELD_EMAIL", "value": EMAIL}],
    )
    await scenario.eventually("compliance", "GetRequest", is_ready, id=made.request.id)
    return str(made.request.id)


async def test_a_restricted_person_is_masked_for_all_but_compliance(tmp_path: Path) -> None:
    async with a_cell(tmp_path) as (cell, scenario), cell.client("channel_manager") as manager:
        managing = ScenarioClient({"partners": manager}, run="managing", today=scenario.today)

        async def shown(id: str, by: ScenarioClient) -> tuple[str, str]:
            person = (await by.ask("partners", "GetContact", id=id)).contact.person
            return person.name, person.email

        before = await contact(scenario, 1, name=NAME, email=EMAIL)
        colleague = await contact(scenario, 2, name="Bert Adler", email=EMAIL)
        case = await _request(scenario)
        await scenario.ask("compliance", "BeginRestriction", case_id=case)
        await scenario.eventually("compliance", "GetMeasure", _is_taken, case_id=case)
        after = await contact(scenario, 3, name=NAME, email=EMAIL)
        for one in (before, after):
            assert await shown(one, managing) == ("A***", "a***@e***")
            assert await shown(one, scenario) == (NAME, EMAIL)
        assert await shown(colleague, managing) == ("Bert Adler", EMAIL)
        changed = {
            "id": before,
            "person": {"name": NAME, "email": "other@example.org"},
            "update_mask": {"paths": ["person"]},
        }
        refused = await managing.refused("partners", "UpdateContact", **changed)
        assert refused.reason == "RESTRICTED"
        partner = (await scenario.ask("partners", "GetContact", id=before)).contact.partner_id
        listed = await managing.ask("partners", "ListContacts", partner_id=partner)
        assert [one.person.name for one in listed.contacts] == ["A***"]
        await scenario.ask("compliance", "LiftRestriction", case_id=case, channel="REQUEST_CHANNEL_LETTER")
        await scenario.eventually("compliance", "GetMeasure", _is_taken, case_id=case)
        for one in (before, after):
            assert await shown(one, managing) == (NAME, EMAIL)
