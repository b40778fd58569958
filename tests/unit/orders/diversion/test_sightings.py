"""What a sighting means: outside opens a case, lawful parallel trade and innocent sightings do not."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.facts import LAWFUL_TRADE
from services.orders.diversion.domain.custody import Custody, CustodyKind, CustodyStep, Piece, chain_of
from services.orders.diversion.domain.law import TABLE, lawful_by, read_table
from services.orders.diversion.domain.sighting import Seen, SightingCircumstance, SightingOutcome, judge, shares
from tests.builders import NOW, an_id
from tests.unit.orders.diversion.pieces import OTHER, PARTNER, SEEN_ON, SOLD_ON, piece, shipped, sighting

EEA = LAWFUL_TRADE["EEA"]
COUNTRIES = ("DE", "FR", "NO", "GB", "CH", "US", "CN", "NG")
RESALE = SightingCircumstance.OFFERED_FOR_RESALE
INSIDE, OUTSIDE, LAWFUL = SightingOutcome.INSIDE, SightingOutcome.OUTSIDE, SightingOutcome.LAWFUL


def seen(country: str, on: date = SEEN_ON, **more: object) -> Seen:
    return Seen(country, on, **more)  # type: ignore[arg-type]  # what a test says is of the right type


def outcome(found: Piece | None, at: Seen, *, group: str = "EEA") -> SightingOutcome:
    return judge(found, at, group=group).outcome


@given(sold=st.sampled_from(COUNTRIES), there=st.sampled_from(COUNTRIES), group=st.sampled_from(["EEA", ""]))
def test_only_the_ordered_pairs_of_the_law_are_lawful(sold: str, there: str, group: str) -> None:
    lawful = group == "EEA" and sold in EEA and (there in EEA or there == "GB")
    expected = INSIDE if sold == there else LAWFUL if lawful else OUTSIDE
    assert outcome(piece(sold), seen(there), group=group) is expected


@pytest.mark.parametrize(
    ("sold", "there", "on", "lawful"),
    [
        ("DE", "GB", date(2020, 12, 31), True),
        ("GB", "DE", date(2020, 12, 31), True),
        ("DE", "GB", date(2021, 1, 1), True),
        ("GB", "DE", date(2021, 1, 1), False),
        ("DE", "FR", date(2014, 4, 11), False),
    ],
)
def test_the_law_of_the_day_counts(sold: str, there: str, on: date, *, lawful: bool) -> None:
    assert (lawful_by(sold, there, on=on, group="EEA") is not None) is lawful


def test_the_table_has_the_countries_of_the_group_and_names_its_sources() -> None:
    assert set().union(*(one.sold_in | one.seen_in for one in TABLE)) == EEA | {"GB"}
    assert all(one.law and one.source for one in TABLE)


def test_a_row_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="isoformat"):
        read_table("group,sold_in,seen_in,since,lawful,law,source\nEEA,DE,FR,soon,yes,x,y")


def test_a_lawful_sighting_names_its_law() -> None:
    assert "Protocol 28" in judge(piece("DE"), seen("FR"), group="EEA").law
    assert judge(piece("DE"), seen("US"), group="EEA").law == ""


def test_a_piece_may_be_wherever_its_holder_may_sell_it() -> None:
    assert outcome(piece("DE", granted=frozenset({"CH"})), seen("CH")) is INSIDE


@pytest.mark.parametrize("taken_back", [True, False])
def test_movers_and_what_came_back_are_explained(*, taken_back: bool) -> None:
    moved = None if taken_back else SightingCircumstance.OWNER_MOVED
    found = outcome(piece("DE", taken_back=taken_back), seen("US", circumstance=moved))
    assert found is SightingOutcome.EXPLAINED


def test_a_selective_network_is_the_exception_to_lawful_trade_and_its_members_may_supply_each_other() -> None:
    bound = piece("DE", selective=True)
    assert outcome(bound, seen("FR", circumstance=RESALE)) is OUTSIDE
    assert outcome(bound, seen("FR", circumstance=RESALE, in_network=True)) is LAWFUL
    assert outcome(bound, seen("FR")) is LAWFUL  # an end customer may take it anywhere
    assert outcome(piece("DE"), seen("FR", circumstance=RESALE)) is LAWFUL


def step(kind: CustodyKind, country: str, days: int, holder: str = PARTNER) -> Custody:
    on = SOLD_ON + timedelta(days=days)
    return Custody(
        id=an_id("csy"), serial_id="RTR-1:SN-1", kind=kind, holder_id=holder, country=country, on=on, create_time=NOW
    )


def test_what_was_recorded_before_the_sale_or_after_the_sighting_is_not_in_the_chain() -> None:
    recorded = [step(CustodyKind.TRANSFER, "US", days, OTHER) for days in (-1, 10, 90)]
    chain = chain_of(shipped(), recorded, on=SEEN_ON)
    assert [one.on for one in chain] == [SOLD_ON, SOLD_ON + timedelta(days=10)]
    found = Piece(sku="RTR-1", serial="SN-1", product_line="", chain=chain)
    assert (found.holder_id, found.sold_in) == (OTHER, "US")


@pytest.mark.parametrize("kind", [CustodyKind.DEMO, CustodyKind.MOVE])
def test_to_lend_a_piece_or_to_move_with_it_is_no_sale_there(kind: CustodyKind) -> None:
    found = piece("US", step(kind, "DE", 5).step)
    assert outcome(found, seen("DE")) is INSIDE
    assert outcome(found, seen("FR")) is OUTSIDE


def test_a_piece_counts_once_a_month_and_as_outside_if_it_was_seen_outside() -> None:
    march, april = date(2026, 3, 1), date(2026, 4, 1)
    told = [
        *(sighting("SN-1", SEEN_ON, one) for one in (INSIDE, OUTSIDE, LAWFUL, OUTSIDE)),
        sighting("SN-2", SEEN_ON, LAWFUL),
        sighting("SN-3", SEEN_ON, INSIDE),
        sighting("SN-1", date(2026, 4, 30), INSIDE),
    ]
    found = [(one.month, one.seen_count, one.outside_count, one.lawful_count) for one in shares(told)]
    assert found == [(march, 3, 1, 1), (april, 1, 0, 0)]
    assert [one.outside_basis_points for one in shares(told)] == [3_333, 0]


def planted(random: Random, count: int, *, innocent: int) -> list[tuple[Piece, Seen, bool]]:
    """Pieces with a sighting each, and whether it was planted outside; every tenth is, for as many as are innocent
    there is a mover, a transfer, a demo unit or a return outside, the rest is inside or lawful."""
    found: list[tuple[Piece, Seen, bool]] = []
    for number in range(count):
        serial = f"SN-{number}"
        sold = random.choice(("DE", "FR", "PL"))
        far = random.choice(("US", "CN", "CH", "NG"))
        if number < innocent:
            found.append((*_innocent(number % 4, sold, far, serial), False))
        elif number % 10 == 0:
            found.append((piece(sold, serial=serial), seen(far), True))
        else:
            found.append((piece(sold, serial=serial), seen(random.choice((sold, "IT", "GB"))), False))
    return found


def _innocent(case: int, sold: str, far: str, serial: str) -> tuple[Piece, Seen]:
    handed_on = CustodyStep(
        kind=CustodyKind.TRANSFER, partner_id=OTHER, country=far, on=SOLD_ON, document_id=an_id("csy")
    )
    lent = step(CustodyKind.DEMO, far, 1).step
    return (
        (piece(sold, serial=serial), seen(far, circumstance=SightingCircumstance.OWNER_MOVED)),
        (piece(sold, handed_on, serial=serial), seen(far)),
        (piece(sold, lent, serial=serial), seen(far)),
        (piece(sold, serial=serial, taken_back=True), seen(far)),
    )[case]


@pytest.mark.parametrize(("count", "innocent"), [(2_000, 200), pytest.param(100_000, 1_000, marks=pytest.mark.slow)])
def test_every_planted_sighting_is_found_and_no_other(count: int, innocent: int) -> None:
    world = planted(Random(16), count, innocent=innocent)
    outside = [found.serial for found, at, _ in world if outcome(found, at) is OUTSIDE]
    assert outside == [found.serial for found, _, is_planted in world if is_planted]
    assert len(outside) == (count - innocent) // 10
