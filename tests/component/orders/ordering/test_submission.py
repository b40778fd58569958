"""Handing an order in: credit, territory and compliance speak all at once; then it stands, is released or canceled."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from libs.country import Cell, Directory
from libs.errors import Duplicate, EtagMismatch, InvalidInput, NotFound, NotYetKnown, WrongCell
from libs.messaging.verdict import Verdict, judge
from libs.money import Money
from libs.partner import PartnerNotActive, PartnerStatus
from libs.person import Person, PersonalText, PostalAddress
from libs.privacy.keys import Keys
from libs.store.port import Store
from services.orders.credit.domain import CreditAccount
from services.orders.credit.usecases import GetCreditAccount, SetCreditTerms, get_credit_account, set_credit_terms
from services.orders.ordering.domain.drafting import ConvertedLine, OrderChanges, OrderLineDraft
from services.orders.ordering.usecases.conversion import DraftFromRegistration, draft_from_registration
from services.orders.ordering.usecases.drafting import ListOrders, UpdateOrder, list_orders, update_order
from services.orders.ordering.usecases.release import ReleaseHold, release_hold
from services.orders.ordering.usecases.submission import SubmitOrder, submit_order
from services.orders.pricing.domain import NoPrice, PriceListItem, VolumeBreak
from services.orders.pricing.usecases import PutPriceList, put_price_list
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import HoldReason, LineKind, OrderState, PriceSource
from tests.builders import an_id
from tests.component.orders.harness import PARTNER, TODAY, Harness, eur, goods

RIVAL = an_id("ptn", 2)
DOLLAR = Money.of(1, "USD")


async def release(harness: Harness, order: Order, reason: HoldReason, **fields: object) -> Order:
    """Take a hold away."""
    return await harness.run(release_hold, ReleaseHold, id=order.id, reason=reason, **fields)


async def put_prices(harness: Harness, price: str = "100", **fields: object) -> None:
    """A list for everybody with one product, cheaper from ten pieces on."""
    item = PriceListItem(
        sku="RTR-1", unit_price=eur(price), volume_breaks=(VolumeBreak(min_quantity=10, unit_price=eur("90")),)
    )
    content = {"code": "dealer", "currency": "EUR", "valid_from": TODAY, "items": (item,), **fields}
    await harness.run(put_price_list, PutPriceList, **content)


async def converted(harness: Harness, *lines: ConvertedLine, country: str = "DE", currency: str = "EUR") -> Order:
    """The draft of a deal that was won."""
    return await harness.run(
        draft_from_registration,
        DraftFromRegistration,
        registration_id=an_id("reg"),
        partner_id=PARTNER,
        country=country,
        currency=currency,
        lines=lines,
    )


async def test_everything_that_speaks_against_an_order_is_said_at_once(harness: Harness) -> None:
    await harness.terms("999.9999")
    await harness.territory(partner=RIVAL, exclusive=True)
    draft = await harness.draft()
    await harness.partner(PartnerStatus.SUSPENDED)
    harness.names()
    order = await harness.submit(draft)
    assert order.open_holds == (HoldReason.CREDIT, HoldReason.COMPLIANCE, HoldReason.TERRITORY)
    assert (order.holds[0].excess, order.state) == (eur("0.0001"), OrderState.HELD)
    assert harness.names() == ["OrderSubmitted", "OrderHeld"]
    for reason in order.open_holds:
        order = await release(harness, order, reason)
    assert order.state is OrderState.CONFIRMED
    assert harness.names() == ["OrderHoldReleased", "OrderHoldReleased", "OrderHoldReleased", "OrderConfirmed"]
    assert (await harness.account()).open_orders == eur("1000")


async def test_without_terms_every_order_is_held(harness: Harness) -> None:
    order = await harness.submit(await harness.draft())
    assert (order.open_holds, order.holds[0].excess) == ((HoldReason.CREDIT,), eur("1000"))
    with pytest.raises(NotFound):
        await harness.look(get_credit_account, GetCreditAccount, partner_id=PARTNER, currency="EUR")


@pytest.mark.parametrize(
    ("grants", "is_held"),
    [
        ([], False),
        ([{"product_line": "RTR-1"}], False),
        ([{"subdivision": "BY"}], True),
        ([{"product_line": "CABLES"}], True),
        ([{"valid_until": TODAY}], False),
        ([{"valid_until": TODAY - timedelta(days=1)}], True),
        ([{"valid_from": TODAY + timedelta(days=1)}], True),
        ([{}, {"partner": RIVAL}], False),
        ([{}, {"partner": RIVAL, "exclusive": True}], True),
        ([{}, {"partner": RIVAL, "exclusive": True, "product_line": "CABLES"}], False),
        ([{"country": "FR"}], True),
    ],
)
async def test_an_order_leaves_for_a_territory_of_its_own(
    harness: Harness, grants: list[dict[str, object]], is_held: bool
) -> None:
    await harness.terms()
    for number, grant in enumerate(grants):
        await harness.territory(number, **grant)  # type: ignore[arg-type]  # fields of a grant
    order = await harness.submit(await harness.draft())
    assert (HoldReason.TERRITORY in order.open_holds) is is_held


async def test_a_partner_that_is_unknown_or_terminated_orders_nothing(harness: Harness) -> None:
    draft = await harness.draft()
    await harness.partner(PartnerStatus.TERMINATED)
    with pytest.raises(PartnerNotActive):
        await harness.submit(draft)
    with pytest.raises(NotFound, match="is not known here, or not yet"):
        await harness.draft(partner=RIVAL)


async def test_canceling_frees_what_was_held_of_the_limit(harness: Harness) -> None:
    await harness.terms("1000")
    first = await harness.confirmed()
    second = await harness.submit(await harness.draft())
    assert second.state is OrderState.HELD
    await harness.cancel(first)
    assert (await harness.account()).exposure == eur("0")
    await harness.cancel(second)
    assert (await harness.account()).exposure == eur("0")
    assert (await harness.submit(await harness.draft())).state is OrderState.CONFIRMED


async def test_a_purchase_order_number_is_used_once_by_a_partner(harness: Harness) -> None:
    await harness.draft(purchase_order_number="PO-1")
    with pytest.raises(Duplicate):
        await harness.draft(purchase_order_number="PO-1")
    await harness.partner(id=RIVAL)
    await harness.draft(purchase_order_number="PO-1", partner=RIVAL)
    assert (await harness.draft()).purchase_order_number is None


async def test_the_same_request_makes_one_order(harness: Harness) -> None:
    order = await harness.draft(request_id="a")
    assert await harness.draft(request_id="a") == order
    listed = await harness.look(list_orders, ListOrders)
    assert [loaded.value for loaded in listed.rows] == [order]


async def test_amounts_in_another_currency_are_not_mixed_in(harness: Harness) -> None:
    with pytest.raises(InvalidInput) as refused:
        await harness.draft(goods(), goods(), currency="USD", freight=eur("1"))
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        (field, "CURRENCY_MISMATCH") for field in ("lines[0].unit_price", "lines[1].unit_price", "freight")
    ]
    order = await harness.draft()
    for changes in ({"lines": (goods(), replace(goods(), unit_price=DOLLAR))}, {"freight": DOLLAR}):
        with pytest.raises(InvalidInput) as refused:
            await harness.run(update_order, UpdateOrder, id=order.id, changes=OrderChanges(**changes))
        assert [one.reason for one in refused.value.violations] == ["CURRENCY_MISMATCH"]


async def test_half_a_yen_is_no_price(harness: Harness) -> None:
    half = replace(goods(), unit_price=Money.of("0.5", "JPY"))
    with pytest.raises(InvalidInput, match=r"lines\[0\].unit_price: JPY has no decimals"):
        await harness.draft(half, currency="JPY")


async def test_what_a_deal_expects_in_yen_is_shared_out_in_whole_ones_and_can_be_changed(harness: Harness) -> None:
    lines = (ConvertedLine(sku="A", quantity=3, expected_amount=Money.of(100, "JPY")),)
    order = await converted(harness, *lines, country="JP", currency="JPY")
    assert order.lines[0].unit_price == Money.of(33, "JPY")
    changes = OrderChanges(purchase_order_number="PO-1")
    changed = await harness.run(update_order, UpdateOrder, id=order.id, changes=changes)
    assert changed.lines == order.lines


async def test_a_draft_finds_its_prices_anew_with_every_change(harness: Harness) -> None:
    await put_prices(harness)
    listed = OrderLineDraft(kind=LineKind.PRODUCT, sku="RTR-1", quantity=10)
    order = await harness.draft(listed, freight=eur("5"))
    assert (order.lines[0].price.source, order.totals.total) == (PriceSource.VOLUME_BREAK, eur("905"))
    await put_prices(harness, "80")
    assert (await harness.order(order)).totals.total == eur("905")
    changes = OrderChanges(territory="NORTH")
    order = await harness.run(update_order, UpdateOrder, id=order.id, etag="1", changes=changes)
    assert (order.lines[0].price.price_list_revision, order.territory, order.totals.freight) == (2, "NORTH", eur("5"))
    with pytest.raises(EtagMismatch):
        await harness.run(update_order, UpdateOrder, id=order.id, etag="1", changes=changes)
    order = await harness.run(update_order, UpdateOrder, id=order.id, changes=OrderChanges(lines=()))
    assert (order.lines, order.totals.total) == ((), eur("0"))
    order = await harness.run(update_order, UpdateOrder, id=order.id, changes=OrderChanges(lines=(listed,)))
    assert order.totals.total == eur("905")


async def test_goods_go_to_any_country_but_who_receives_them_lives_here(store: Store, keys: Keys) -> None:
    cell = Cell(code="de", countries=("DE",), time_zone="Europe/Berlin", currency="EUR")
    harness = Harness(store, keys, directory=Directory(cell))
    await harness.partner()
    assert (await harness.draft(ship_to_country="FR")).ship_to_country == "FR"
    with pytest.raises(WrongCell):
        await harness.draft(ship_to_contact=Person(name="Claire", address=PostalAddress(country="FR")))
    with pytest.raises(InvalidInput, match=r"ship_to_contact\.address\.country"):
        await harness.draft(ship_to_contact=Person(name="Claire", address=PostalAddress(country="QQ")))
    with pytest.raises(InvalidInput):
        await harness.draft(requested_delivery_date=TODAY - timedelta(days=1))


async def test_a_won_deal_becomes_one_draft_with_its_lines(harness: Harness) -> None:
    await put_prices(harness)
    lines = (
        ConvertedLine(sku="RTR-1", quantity=10, expected_amount=eur("1")),
        ConvertedLine(sku="NEW", quantity=3, expected_amount=eur("100")),
        ConvertedLine(sku="UNKNOWN", quantity=1),
    )
    won = {
        "registration_id": an_id("reg"),
        "partner_id": PARTNER,
        "country": "DE",
        "currency": "EUR",
        "lines": lines,
    }
    harness.names()
    order = await harness.run(draft_from_registration, DraftFromRegistration, **won)
    assert [(line.sku, line.unit_price) for line in order.lines] == [
        ("RTR-1", eur("90")),
        ("NEW", eur("33.3333")),
        ("UNKNOWN", eur("0")),
    ]
    assert [line.price.source for line in order.lines] == [
        PriceSource.VOLUME_BREAK,
        PriceSource.GIVEN,
        PriceSource.MISSING,
    ]
    assert await harness.run(draft_from_registration, DraftFromRegistration, **won) == order
    assert harness.names() == ["OrderCreated"]


async def test_a_won_deal_waits_for_the_facts_of_its_partner(harness: Harness) -> None:
    """The tier decides about the prices, and the event of the partner may come after that of the deal."""
    await put_prices(harness, tiers=("GOLD",))
    late = an_id("ptn", 2)
    won = {
        "registration_id": an_id("reg"),
        "partner_id": late,
        "country": "DE",
        "currency": "EUR",
        "lines": (ConvertedLine(sku="RTR-1", quantity=10, expected_amount=eur("1")),),
    }
    harness.names()
    with pytest.raises(NotYetKnown) as early:
        await harness.run(draft_from_registration, DraftFromRegistration, **won)
    assert judge(early.value, 1) is Verdict.AGAIN
    assert harness.names() == []
    await harness.partner(id=late, tier="GOLD")
    order = await harness.run(draft_from_registration, DraftFromRegistration, **won)
    assert (order.lines[0].unit_price, order.lines[0].price.source) == (eur("90"), PriceSource.VOLUME_BREAK)


async def test_whatever_a_won_deal_expects_becomes_a_draft(harness: Harness) -> None:
    """What an order may come to at most is in its lines, what goes beyond that has no price."""
    await put_prices(harness, items=(PriceListItem(sku="RTR-1", unit_price=eur("1000000")),))
    most = Money.of(10**14, "EUR")
    lines = (
        ConvertedLine(sku="RTR-1", quantity=10**9),
        ConvertedLine(sku="NEW", quantity=1, expected_amount=most),
        ConvertedLine(sku="NEW", quantity=1, expected_amount=eur("0.0001")),
        ConvertedLine(sku="NEW", quantity=1, expected_amount=Money.of(1, "USD")),
    )
    order = await converted(harness, *lines)
    assert [line.quantity for line in order.lines] == [line.quantity for line in lines]
    assert [line.amount for line in order.lines] == [eur("0"), most, eur("0"), eur("0")]
    assert [line.price.source is PriceSource.MISSING for line in order.lines] == [True, False, True, True]
    assert order.totals.total == most


async def test_an_order_with_a_price_missing_is_not_handed_in(harness: Harness) -> None:
    order = await converted(harness, ConvertedLine(sku="UNKNOWN", quantity=1))
    with pytest.raises(NoPrice, match="line 1: UNKNOWN has no price"):
        await harness.run(submit_order, SubmitOrder, id=order.id)
    changes = OrderChanges(lines=(goods(1, "0", sku="UNKNOWN"),))
    await harness.run(update_order, UpdateOrder, id=order.id, changes=changes)
    handed_in = await harness.run(submit_order, SubmitOrder, id=order.id)
    assert handed_in.state is not OrderState.DRAFT


async def test_the_etag_of_an_account_is_that_of_its_terms(harness: Harness) -> None:
    account = await harness.terms()
    await harness.confirmed()

    async def set_terms(etag: str) -> CreditAccount:
        return await harness.run(set_credit_terms, SetCreditTerms, partner_id=PARTNER, limit=eur("1"), etag=etag)

    changed = await set_terms(str(account.terms_version))
    assert (changed.terms_version, changed.open_orders, changed.available) == (2, eur("1000"), eur("-999"))
    with pytest.raises(EtagMismatch):
        await set_terms(str(account.terms_version))


async def test_persons_get_an_id_and_are_found_by_it(harness: Harness) -> None:
    order = await harness.draft(ship_to_contact=Person(name="王小明", email="wang@example.org"))
    assert order.ship_to_contact is not None
    assert order.ship_to_contact.person_id.startswith("psn_local_")
    order = await harness.submit(order)
    note = PersonalText(person_id=an_id("psn"), text="Bürgschaft liegt vor")
    order = await release(harness, order, HoldReason.CREDIT, release_note=note)
    assert order.holds[0].release_note == note
