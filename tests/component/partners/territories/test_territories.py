"""Rights to sell are granted where no exclusive right is in the way, however many ask at once; and end when told to."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from libs.country import Cell, Directory
from libs.errors import AppError, InvalidInput, NotFound, WrongCell, WrongState
from libs.pb.prm.partners import v1 as pb
from libs.privacy.keys import Keys
from libs.store.port import Store
from services.partners.territories import usecases as territories
from services.partners.territories.documents import GRANT_TOTALS, TERRITORIES
from services.partners.territories.domain import GrantEnded, GrantTotals, TerritoryGrant, TerritoryTaken
from tests.builders import NOW, an_id
from tests.component.partners.harness import Harness
from tests.store_faults import Gate
from tests.waiting import until

FIRST = date(2026, 1, 1)
TODAY = NOW.date()


async def grant(harness: Harness, partner_id: str, **fields: Any) -> TerritoryGrant:
    """A right in all of Germany, not exclusive, unless told otherwise."""
    fields = {"country": "DE", "valid_from": FIRST, **fields}
    return await harness.run(territories.grant_territory, territories.GrantTerritory, partner_id=partner_id, **fields)


async def revoke(harness: Harness, id: str, **fields: Any) -> TerritoryGrant:
    """A right with an end."""
    return await harness.run(territories.revoke_territory, territories.RevokeTerritory, id=id, **fields)


async def test_a_right_is_kept_and_told_as_granted(harness: Harness) -> None:
    partner = await harness.active()
    harness.events()
    made = await grant(harness, partner.id, subdivision="BY", product_line="Pumps", exclusive=True, request_id="g")
    assert made == await harness.value(TERRITORIES, made.id)
    assert made == TerritoryGrant(
        id=made.id,
        version=1,
        partner_id=partner.id,
        country="DE",
        subdivision="BY",
        product_line="Pumps",
        exclusive=True,
        valid_from=FIRST,
        create_time=NOW,
        update_time=NOW,
    )
    told = pb.TerritoryGranted(
        territory_id=made.id,
        partner_id=partner.id,
        country="DE",
        subdivision="BY",
        product_line="Pumps",
        exclusive=True,
        valid_from={"year": 2026, "month": 1, "day": 1},
    )
    assert harness.events() == [("TerritoryGranted", 1, told)]
    assert (
        await grant(harness, partner.id, subdivision="BY", product_line="Pumps", exclusive=True, request_id="g") == made
    )


async def test_an_exclusive_right_that_is_in_the_way_is_named(harness: Harness) -> None:
    partner, other = await harness.active(), await harness.active(number=1)
    mine = await grant(harness, partner.id, subdivision="BY", product_line="Pumps", exclusive=True)
    overlapping: tuple[dict[str, Any], ...] = (
        {"exclusive": True},
        {},
        {"subdivision": "BY"},
        {"product_line": "Pumps"},
        {"valid_from": FIRST - timedelta(days=9), "valid_until": FIRST},
    )
    for fields in overlapping:
        with pytest.raises(TerritoryTaken) as refused:
            await grant(harness, other.id, **fields)
        assert refused.value.metadata == {"id": mine.id, "exclusive": "True"}
    apart: tuple[dict[str, Any], ...] = (
        {"subdivision": "BE", "exclusive": True},
        {"subdivision": "BY", "product_line": "Valves", "exclusive": True},
        {"country": "FR", "exclusive": True},
        {"valid_from": FIRST - timedelta(days=9), "valid_until": FIRST - timedelta(days=1)},
    )
    for fields in apart:
        await grant(harness, other.id, **fields)


async def test_a_right_that_is_not_exclusive_is_in_the_way_of_exclusive_ones_only(harness: Harness) -> None:
    partner, other = await harness.active(), await harness.active(number=1)
    rights = [await grant(harness, partner.id), await grant(harness, other.id)]
    with pytest.raises(TerritoryTaken) as refused:
        await grant(harness, other.id, exclusive=True)
    assert refused.value.metadata["id"] in {one.id for one in rights}
    assert refused.value.metadata["exclusive"] == "False"


async def test_of_two_exclusive_rights_granted_at_once_one_is_refused(store: Store, keys: Keys) -> None:
    gate = Gate(store)
    one, other = Harness(gate, keys), Harness(gate, keys)
    partners = [await one.active(), await one.active(number=1)]
    gate.shut()
    async with asyncio.TaskGroup() as group:
        grants = [
            group.create_task(outcome(one, partners[0].id, exclusive=True)),
            group.create_task(outcome(other, partners[1].id, subdivision="BY")),
        ]
        await until(lambda: gate.waiting == 2)
        gate.open()
    assert sorted(task.result() for task in grants) == ["TERRITORY_TAKEN", "done"]


async def test_of_twenty_who_want_one_territory_one_gets_it(store: Store, keys: Keys) -> None:
    harnesses = [Harness(store, keys) for _ in range(2)]
    partner = await harnesses[0].active()
    results = await asyncio.gather(
        *(outcome(harnesses[place % 2], partner.id, exclusive=True, subdivision="BY") for place in range(20))
    )
    assert results.count("done") == 1
    assert set(results) <= {"done", "TERRITORY_TAKEN", "CONTENDED"}
    assert await harnesses[0].value(GRANT_TOTALS, "DE") == GrantTotals(id="DE", version=1, grants=1)


async def test_many_rights_beside_each_other_are_granted_at_once_through_one_process(harness: Harness) -> None:
    partner = await harness.active()
    results = await asyncio.gather(
        *(outcome(harness, partner.id, exclusive=True, product_line=f"line {place}") for place in range(20))
    )
    assert results == ["done"] * 20


async def test_a_conflict_beyond_the_first_page_of_rights_is_found(harness: Harness) -> None:
    partner = await harness.active()
    await asyncio.gather(
        *(
            grant(harness, partner.id, product_line=f"line {place}", valid_until=TODAY + timedelta(days=place))
            for place in range(210)
        )
    )
    with pytest.raises(TerritoryTaken):
        await grant(harness, partner.id, product_line="line 209", exclusive=True)


async def test_only_an_active_partner_is_granted_anything(harness: Harness) -> None:
    with pytest.raises(WrongState):
        await grant(harness, (await harness.apply()).id)
    with pytest.raises(NotFound):
        await grant(harness, an_id("ptn"))


async def test_everything_wrong_with_a_right_is_named_also_where_other_cells_are(store: Store, keys: Keys) -> None:
    germany = Cell(code="local", countries=("DE",), time_zone="Europe/Berlin", currency="EUR")
    harness = Harness(store, keys, directory=Directory(germany))
    partner = await harness.active()
    with pytest.raises(InvalidInput) as refused:
        await grant(harness, partner.id, country="QQ", valid_until=FIRST - timedelta(days=1))
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        ("country", "UNKNOWN_COUNTRY"),
        ("valid_until", "DATES_OUT_OF_ORDER"),
    ]
    with pytest.raises(WrongCell):
        await grant(harness, partner.id, country="FR")


async def test_a_revoked_right_ends_on_its_last_day_where_the_cell_is_and_frees_the_place(harness: Harness) -> None:
    partner, other = await harness.active(), await harness.active(number=1)
    mine = await grant(harness, partner.id, exclusive=True)
    harness.clock.advance(timedelta(hours=14, minutes=30))  # 23:30 UTC is the next day in Berlin
    harness.events()
    ended = await revoke(harness, mine.id, etag="1")
    tomorrow = TODAY + timedelta(days=1)
    assert (ended.valid_until, ended.revoke_time, ended.version) == (tomorrow, harness.clock.now(), 2)
    [(name, version, told)] = harness.events()
    assert (name, version) == ("TerritoryRevoked", 2)
    assert told.valid_until.day == tomorrow.day  # type: ignore[attr-defined]  # a TerritoryRevoked
    with pytest.raises(TerritoryTaken):
        await grant(harness, other.id, exclusive=True, valid_from=tomorrow)
    await grant(harness, other.id, exclusive=True, valid_from=tomorrow + timedelta(days=1))
    with pytest.raises(GrantEnded):
        await revoke(harness, mine.id)
    with pytest.raises(NotFound):
        await revoke(harness, an_id("trr"))


async def test_rights_are_listed_by_partner_country_and_day(harness: Harness) -> None:
    partner, other = await harness.active(), await harness.active(number=1)
    made = [
        await grant(harness, partner.id, valid_until=FIRST + timedelta(days=place), product_line=f"line {place}")
        for place in range(5)
    ]
    made.append(await grant(harness, other.id, country="FR"))
    for filters, wanted in (
        ({}, made),
        ({"partner_id": partner.id}, made[:5]),
        ({"country": "FR"}, made[5:]),
        ({"country": "DE", "valid_on": FIRST + timedelta(days=3)}, made[3:5]),
        ({"partner_id": partner.id, "country": "FR"}, []),
    ):
        rows = await harness.pages(territories.list_territories, territories.ListTerritories, page_size=2, **filters)
        assert rows == sorted(wanted, key=lambda one: one.id), filters
    page = await harness.look(territories.list_territories, territories.ListTerritories, page_size=1, valid_on=FIRST)
    with pytest.raises(InvalidInput):
        await harness.look(territories.list_territories, territories.ListTerritories, page_token=page.next_cursor)


async def outcome(harness: Harness, partner_id: str, **fields: Any) -> str:
    """`done`, or the reason of the refusal."""
    try:
        await grant(harness, partner_id, **fields)
    except AppError as err:
        return err.reason
    return "done"
