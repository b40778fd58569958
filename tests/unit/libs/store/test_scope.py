"""Whose rows a caller sees and changes, by a forest of partners and what their agreements open."""

from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from libs.call import SYSTEM, Caller
from libs.errors import InvalidInput, NotFound
from libs.partner import LEVELS, PartnerFacts, PartnerStatus
from libs.partner_projection import PARTNERS
from libs.store.listing import listing
from libs.store.port import Document, Index, Kind, Scalar, Store, UndeclaredQuery, create
from libs.store.scope import Scope, owns
from libs.store.sqlite import SqliteStore


class Row(Document, frozen=True, kw_only=True):
    """Something of a partner's."""

    partner_id: str = ""
    color: str = ""


ROWS = Kind("row", Row, (Index(("color",)), Index(("partner_id",))), owner="partner_id")
NOBODYS = Kind("row", Row, ROWS.indexes)

# top opens its downline, middle does not, low opens; loose belongs to nobody.
FOREST = {
    "top": ("", True),
    "middle": ("top", False),
    "low": ("middle", True),
    "leaf": ("low", False),
    "loose": ("", True),
}
SEES = {
    "top": {"top", "middle", "low", "leaf"},
    "middle": {"middle"},
    "low": {"low", "leaf"},
    "leaf": {"leaf"},
    "loose": {"loose"},
}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    found = await SqliteStore.open(tmp_path / "store.db")
    await found.ensure((PARTNERS, ROWS))
    facts = [
        PartnerFacts(id=id, facts_version=1, status=PartnerStatus.ACTIVE, parent_partner_id=parent, sees_downline=sees)
        for id, (parent, sees) in FOREST.items()
    ]
    await found.commit([create(PARTNERS, fact) for fact in facts])
    await found.commit([create(ROWS, _row(id)) for id in FOREST])
    yield found
    await found.close()


def _row(partner_id: str) -> Row:
    return Row(id=f"of-{partner_id}", partner_id=partner_id, color="red")


def _of(partner_id: str) -> Caller:
    return Caller(subject="dev:x", partner_id=partner_id)


async def _listed(store: Store, caller: Caller, **filters: Scalar) -> set[str]:
    narrowed = await Scope(store, PARTNERS).narrowed(caller, ROWS, filters)
    page = await listing(store, ROWS, narrowed, within=ROWS.owner if caller.partner_id else "")
    return {loaded.value.partner_id for loaded in page.rows}


@pytest.mark.parametrize("caller", FOREST)
async def test_a_partner_sees_itself_and_the_downline_its_agreement_opens(store: Store, caller: str) -> None:
    scope = Scope(store, PARTNERS)
    assert {id for id in FOREST if await scope.sees(_of(caller), ROWS, _row(id))} == SEES[caller]


@pytest.mark.parametrize("caller", FOREST)
async def test_a_partner_changes_what_is_its_own_only(caller: str) -> None:
    assert {id for id in FOREST if owns(_of(caller), ROWS, _row(id))} == {caller}


@pytest.mark.parametrize("caller", [SYSTEM, Caller(subject="dev:ours", roles=("channel_manager",))])
async def test_who_is_of_no_partner_is_bound_to_none(store: Store, caller: Caller) -> None:
    scope = Scope(store, PARTNERS)
    assert all([await scope.sees(caller, ROWS, _row(id)) and owns(caller, ROWS, _row(id)) for id in FOREST])
    assert await scope.partner_of(caller, "unknown") == "unknown"
    assert await _listed(store, caller) == set(FOREST)


async def test_what_belongs_to_no_partner_is_shown_to_no_partners_people(store: Store) -> None:
    scope = Scope(store, PARTNERS)
    assert not await scope.sees(_of("top"), NOBODYS, _row("top"))
    assert not await scope.sees(_of("top"), ROWS, Row(id="of-none"))
    assert not owns(_of("top"), NOBODYS, _row("top"))
    with pytest.raises(AssertionError):
        await scope.narrowed(_of("top"), NOBODYS, {})


async def test_without_a_record_of_partners_nobody_sees_a_downline(store: Store) -> None:
    assert not await Scope(store).sees(_of("top"), ROWS, _row("middle"))


async def test_a_partner_that_nobody_told_of_sees_itself(store: Store) -> None:
    assert await Scope(store, PARTNERS).sees(_of("new"), ROWS, _row("new"))
    assert not await Scope(store, PARTNERS).sees(_of("new"), ROWS, _row("top"))


async def test_a_listing_is_of_the_own_partner_unless_it_names_one_below(store: Store) -> None:
    assert await _listed(store, _of("top")) == {"top"}
    assert await _listed(store, _of("top"), color="red") == {"top"}
    assert await _listed(store, _of("top"), partner_id="leaf") == {"leaf"}
    refusals = []
    for asked in ("loose", "unknown"):
        with pytest.raises(NotFound) as refused:
            await _listed(store, _of("top"), partner_id=asked)
        refusals.append((refused.value.message.replace(asked, "X"), refused.value.reason))
    assert refusals == [("partner X does not exist", "NOT_FOUND")] * 2


async def test_a_listing_never_reads_beyond_its_partner(store: Store) -> None:
    with pytest.raises(UndeclaredQuery):
        await listing(
            store, Kind("row", Row, (Index(("color",)),)), {"partner_id": "top", "color": "red"}, within="partner_id"
        )


async def test_a_listing_by_id_is_one_row_on_one_page(store: Store) -> None:
    assert [loaded.value.id for loaded in (await listing(store, PARTNERS, {"id": "top"})).rows] == ["top"]
    assert (await listing(store, PARTNERS, {"id": "top", "parent_partner_id": "low"})).rows == []
    assert (await listing(store, PARTNERS, {"id": "unknown"})).rows == []
    with pytest.raises(InvalidInput):
        await listing(store, PARTNERS, {"id": "top"}, page_token="x.y")


async def test_a_circle_that_events_out_of_order_draw_ends_the_walk(store: Store) -> None:
    circle = {f"c{n}": f"c{(n + 1) % 3}" for n in range(3)}
    facts = [
        PartnerFacts(id=id, facts_version=1, status=PartnerStatus.ACTIVE, parent_partner_id=parent)
        for id, parent in circle.items()
    ]
    await store.commit([create(PARTNERS, fact) for fact in facts])
    assert not await Scope(store, PARTNERS).sees(_of("top"), ROWS, _row("c0"))


async def test_a_downline_is_seen_as_deep_as_a_hierarchy_may_be(store: Store) -> None:
    chain = ["top", *(f"d{n}" for n in range(1, LEVELS))]
    facts = [
        PartnerFacts(id=id, facts_version=1, status=PartnerStatus.ACTIVE, parent_partner_id=parent)
        for parent, id in pairwise(chain)
    ]
    await store.commit([create(PARTNERS, fact) for fact in facts])
    assert await Scope(store, PARTNERS).sees(_of("top"), ROWS, _row(chain[-1]))
