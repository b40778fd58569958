"""A cell with a person in it, the request for the erasure, and the check that nothing is left."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from libs.clock import SystemClock
from libs.config import Settings
from libs.pb.prm.compliance import v1 as pb
from libs.privacy.keys import open_keys
from libs.privacy.ledger.ledger import Ledger
from libs.runtime.cell import RunningCell, running
from libs.runtime.platform import Platform
from libs.store.sqlite import SqliteStore
from services.__main__ import builders
from services.demo.scenario import ScenarioClient
from tests.compositions import COMPOSITIONS

EMAIL, PHONE, OTHER = "anna.kern@example.org", "+49 30 1234567", "kern.a@example.org"
NAME = "Anna Kern"


@asynccontextmanager
async def a_cell(
    folder: Path, platforms: type[Platform] = Platform, *, environ: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[RunningCell, ScenarioClient]]:
    """A cell with its stores in a folder, and a client of it. environ: as for `running`."""
    settings = Settings(data_dir=folder, listen="127.0.0.1:0", log_level="error")
    started = running(builders(*COMPOSITIONS), settings, platforms=platforms, environ=environ)
    async with started as cell, cell.client() as client:
        yield (
            cell,
            ScenarioClient(dict.fromkeys(COMPOSITIONS, client), run=uuid4().hex, today=SystemClock().now().date()),
        )


async def contact(scenario: ScenarioClient, number: int, **person: Any) -> str:
    """A new contact of a new partner; its id."""
    applied = await scenario.ask(
        "partners", "ApplyPartner", kind="PARTNER_KIND_RESELLER", legal_name=f"Systemhaus {number}", country="DE"
    )
    added = await scenario.ask(
        "partners", "AddContact", partner_id=applied.partner.id, person=person, roles=["CONTACT_ROLE_SALES"]
    )
    return str(added.contact.id)


async def asked(scenario: ScenarioClient, type: str, email: str = EMAIL) -> Any:
    """A request, READY_FOR_REVIEW."""
    made = await scenario.ask(
        "compliance",
        "CreateRequest",
        type=f"REQUEST_TYPE_{type}",
        country="DE",
        channel="REQUEST_CHANNEL_EMAIL",
        identity_proof="IDENTITY_PROOF_ACCOUNT",
        aliases=[{"field": "ALIAS_FIELD_EMAIL", "value": email}],
    )
    return (await scenario.eventually("compliance", "GetRequest", is_ready, id=made.request.id)).request


def is_ready(found: Any) -> bool:
    """Whether every service has answered the search."""
    return bool(found.request.state == pb.REQUEST_STATE_READY_FOR_REVIEW)


def is_certified(found: Any) -> bool:
    """Whether every service has stated the erasure."""
    return bool(found.erasure.state == pb.ERASURE_STATE_CERTIFIED)


async def require_nobody(scenario: ScenarioClient, contacts: list[str]) -> None:
    """No method shows the person, and no alias finds them but in the request that asks."""
    for one in contacts:
        found = (await scenario.ask("partners", "GetContact", id=one)).contact
        assert (found.person.name, found.person.email, found.person.person_id) == ("", "", "")
    for email in (EMAIL, OTHER):
        request = await asked(scenario, "ACCESS", email)
        last = [one for one in request.answers if one.round == request.round]
        found = {(one.service, count.kind) for one in last for count in one.counts if count.rows}
        assert found == {("compliance", "subject_request")}


async def erased_keys(folder: Path) -> list[str]:
    """The keys that partners deleted, as they stand in a stored field."""
    store = await SqliteStore.open(folder / "local" / "ledger" / "partners" / "store.db")
    ledger = await Ledger.open(store, open_keys(folder / "local" / "keys"), "partners")
    try:
        return [key for entry in await ledger.entries(0) for key in entry.erased.keys]
    finally:
        await ledger.close()
