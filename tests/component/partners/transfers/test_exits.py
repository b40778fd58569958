"""The gate holds what no registered transfer permits, records each refusal, and lets it leave once one permits it."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from libs.env import Env
from libs.messaging.outbox import EDGE_OUTBOX, HELD
from libs.messaging.purge import EDGE_KEPT, purge_edge
from libs.privacy.keys import Keys
from libs.store.port import Kind, Query
from libs.transfers.exits import BusGate, release
from libs.transfers.projection import TRANSFERS, keep
from libs.transfers.rules import TransferFacts
from services.partners.directory import usecases
from services.partners.service import COMPOSITION
from tests.builders import NOW, a_call, an_id
from tests.component.partners.harness import Harness
from tests.component.replica import sealed

TODAY = NOW.date()
FACTS = TransferFacts(
    id=an_id("trf"),
    facts_version=1,
    flow="directory",
    purpose="essential.service.operations",
    categories=("user.contact.organization",),
    recipient_country="CN",
    valid_from=TODAY,
    valid_until=TODAY,
    ended=False,
    blocked_year=0,
)
AGAINST: dict[str, dict[str, Any]] = {
    "UNREGISTERED": {"flow": "other"},
    "ENDED": {"ended": True},
    "NOT_YET_VALID": {"valid_from": TODAY + timedelta(days=1), "valid_until": None},
    "EXPIRED": {"valid_from": TODAY - timedelta(days=1), "valid_until": TODAY - timedelta(days=1)},
    "WRONG_CATEGORY": {"categories": ("user.name",)},
    "OVER_THRESHOLD": {"blocked_year": TODAY.year},
}


async def rows(env: Env[Any], kind: Kind[Any]) -> list[Any]:
    return [row.value for row in (await env.store.find(Query(kind=kind, order="at", limit=100))).rows]


async def stated(harness: Harness, count: int = 1, *, first: int = 0) -> None:
    """Partners of which the directory has something to state. first: the place of the first number among those that
    the harness knows."""
    for number in range(first, first + count):
        partner = await harness.active(number=number, legal_name=f"Acme {number} GmbH")
        await usecases.state(harness.env, usecases.State(call=a_call(), id=partner.id))
    harness.told.clear()


async def asked(harness: Harness) -> dict[str, str]:
    """What the gate says about what waits to leave."""
    return dict(await BusGate(harness.env).held(await rows(harness.env, EDGE_OUTBOX)))


async def known(harness: Harness, **changes: Any) -> None:
    await keep(harness.env, replace(FACTS, **changes), a_call(method="partners__transfer_stated"))


@pytest.mark.parametrize("reason", AGAINST)
async def test_each_reason_holds_the_message_and_is_in_the_trail_once(harness: Harness, reason: str) -> None:
    await stated(harness)
    await known(harness, **AGAINST[reason])
    [row] = await rows(harness.env, EDGE_OUTBOX)
    assert await BusGate(harness.env).held([row]) == {row.id: reason}
    assert await rows(harness.env, EDGE_OUTBOX) == []
    assert [one.envelope for one in await rows(harness.env, HELD)] == [row.envelope]
    assert await BusGate(harness.env).held([row]) == {row.id: reason}
    [(name, _, body)] = harness.events()
    [call] = body.calls  # type: ignore[attr-defined]  # a message that is known by its name only
    assert (name, call.method, call.reason, call.resource_id) == (
        "CallsRecorded",
        "partners__edge",
        reason,
        row.envelope.about,
    )


async def test_what_a_transfer_permits_passes_and_is_not_recorded(harness: Harness) -> None:
    await stated(harness)
    await known(harness)
    assert await asked(harness) == {}
    assert harness.events() == []


async def test_an_expired_transfer_and_its_successor_permit_it(harness: Harness) -> None:
    await stated(harness)
    await known(harness, **AGAINST["EXPIRED"])
    await known(harness, id=an_id("trf", 2))
    assert await asked(harness) == {}


@pytest.mark.parametrize("reason", AGAINST)
async def test_what_was_held_leaves_once_after_its_registration(harness: Harness, reason: str) -> None:
    await stated(harness, 3)
    await known(harness, **AGAINST[reason])
    bodies = [row.envelope for row in await rows(harness.env, EDGE_OUTBOX)]
    assert set((await asked(harness)).values()) == {reason}
    assert await release(harness.env) == 0
    await known(harness, facts_version=2)
    assert (await release(harness.env), await release(harness.env)) == (3, 0)
    assert [row.envelope for row in await rows(harness.env, EDGE_OUTBOX)] == bodies
    assert await rows(harness.env, HELD) == []
    assert await asked(harness) == {}


async def test_older_facts_change_nothing(harness: Harness) -> None:
    await known(harness, facts_version=2)
    await known(harness, facts_version=1, ended=True)
    assert not (await harness.value(TRANSFERS, FACTS.id)).ended


async def test_a_block_ends_with_its_year(harness: Harness) -> None:
    await stated(harness)
    await known(harness, blocked_year=TODAY.year, valid_until=None)
    assert set((await asked(harness)).values()) == {"OVER_THRESHOLD"}
    harness.clock.advance(timedelta(days=366))
    assert await release(harness.env) == 1


async def test_what_is_held_survives_a_restart(tmp_path: Path, keys: Keys) -> None:
    async with sealed(tmp_path, COMPOSITION.name, COMPOSITION.kinds, keys) as store:
        first = Harness(store, keys)
        await known(first, blocked_year=TODAY.year)
        await stated(first)
        assert set((await asked(first)).values()) == {"OVER_THRESHOLD"}
    async with sealed(tmp_path, COMPOSITION.name, COMPOSITION.kinds, keys) as store:
        again = Harness(store, keys)
        assert await release(again.env) == 0
        await stated(again, first=1)
        assert set((await asked(again)).values()) == {"OVER_THRESHOLD"}
        assert len(await rows(again.env, HELD)) == 2


async def test_what_was_held_for_a_month_is_dropped(harness: Harness) -> None:
    await stated(harness)
    await asked(harness)
    assert await purge_edge(harness.env.store, NOW + EDGE_KEPT) == 0
    assert await purge_edge(harness.env.store, NOW + EDGE_KEPT + timedelta(seconds=1)) == 1


def test_the_day_of_the_facts_is_the_cell_s(harness: Harness) -> None:
    assert harness.env.today() == TODAY == date(NOW.year, NOW.month, NOW.day)
