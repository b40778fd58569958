"""The customers of a quarter are divided by the clock, explained one by one, and compared with the quarter before."""

from datetime import date, datetime
from typing import Any

import pytest
from msgspec.structs import asdict, replace

from libs.errors import InvalidInput, NotFound
from libs.money import Money
from libs.pb.prm.deals import v1 as pb
from libs.store.port import ROWS_PER_PAGE, create
from libs.versions import RuleState, VersionInForce, VersionNotLater
from services.deals.claims.domain.registration import Customer
from services.deals.customer_segmentation import wire
from services.deals.customer_segmentation.domain.rule import CustomerSegmentationRule
from services.deals.customer_segmentation.domain.shown import CustomerSegment, explained, summary
from services.deals.customer_segmentation.jobs import JOBS
from services.deals.customer_segmentation.usecases import results, rules
from services.deals.customers.documents import CUSTOMERS, ENTRIES
from services.deals.customers.domain.customers import EndCustomer, View
from tests.builders import NOW, a_call, an_id
from tests.component.deals.harness import Harness
from tests.unit.deals.customer_segmentation.built import QUARTER, a_rule, an_order

NEXT = date(2026, 7, 1)
MAY, AUGUST = date(2026, 5, 4), date(2026, 8, 3)
PUBLISH = rules.publish_customer_segmentation_rule, rules.PublishCustomerSegmentationRule
WITHDRAW = rules.withdraw_customer_segmentation_rule, rules.WithdrawCustomerSegmentationRule


async def published(harness: Harness, effective: date = QUARTER, **fields: Any) -> CustomerSegmentationRule:
    """A rule that applies from the second quarter on."""
    content = asdict(a_rule(**fields))
    command = rules.DraftCustomerSegmentationRule
    asked = {field: content[field] for field in command.__struct_fields__ if field != "call"}
    draft = await harness.run(rules.draft_customer_segmentation_rule, command, **asked)
    return await harness.run(*PUBLISH, id=draft.id, effective_day=effective)


async def customer(harness: Harness, number: int, *, into: int = 0, **fields: Any) -> str:
    """A record of the vendor, merged into another one if `into` is its number."""
    id = an_id("cus", number)
    row = EndCustomer(
        id=id,
        customer_id=id,
        view=View.MERGED if into else View.CELL,
        merged_into_id=an_id("cus", into) if into else "",
        customer=Customer(legal_name=f"Kunde {number}", country="DE", **fields),
        create_time=NOW,
        update_time=NOW,
    )
    await harness.env.store.commit([create(CUSTOMERS, row)])
    return id


async def bought(harness: Harness, customer_id: str, number: int, day: date, units: int, **fields: Any) -> None:
    """An order of a customer is in its history."""
    order = replace(an_order(number, day, units, **fields), customer_id=customer_id, time=NOW)
    await harness.env.store.commit([create(ENTRIES, order)])


async def made(harness: Harness, at: str) -> None:
    """It is `at`, and the jobs have nothing left to do."""
    harness.clock.advance(datetime.fromisoformat(at) - harness.clock.now())
    while any([await job.run(harness.env) for job in JOBS]):
        pass


async def one(harness: Harness, id: str, quarter: date | None = None) -> CustomerSegment:
    """What GetCustomerSegment explains."""
    return await harness.look(results.get_customer_segment, results.GetCustomerSegment, customer_id=id, quarter=quarter)


async def segments(harness: Harness, **asked: Any) -> list[CustomerSegment]:
    """All customers that ListCustomerSegments shows, page by page."""
    found, token = list[CustomerSegment](), ""
    while True:
        cmd = results.ListCustomerSegments(call=a_call(), page_size=2, page_token=token, **asked)
        shown = await results.list_customer_segments(harness.env, cmd)
        found += [explained(*shown.found, row.value) for row in shown.page.rows]
        if not (token := shown.page.next_cursor):
            return found


async def test_the_customers_of_a_quarter_are_divided_and_each_is_explained(harness: Harness) -> None:
    rule = await published(harness)
    large, middle, small, least = [await customer(harness, number) for number in (1, 2, 3, 4)]
    twin, person = await customer(harness, 5, into=1), await customer(harness, 6, natural_person=True)
    dollar = await customer(harness, 7)
    for number, (id, units) in enumerate(((large, 500), (twin, 200), (middle, 200), (small, 60), (least, 40)), start=1):
        await bought(harness, id, number, MAY, units)
    await bought(harness, person, 6, MAY, 900)
    await bought(harness, dollar, 7, MAY, 900, currency="USD")
    await bought(harness, least, 8, MAY, 900, canceled=True)
    await made(harness, "2026-06-30T12:00:00+00:00")
    with pytest.raises(NotFound):
        await one(harness, large)
    await made(harness, "2026-07-01T12:00:00+00:00")
    found = await harness.look(results.get_customer_segmentation, results.GetCustomerSegmentation, quarter=QUARTER)
    told = summary(*found)
    assert (told.customer_count, told.ranked_count, told.unknown_count, told.revenue.amount) == (5, 4, 1, 10_000_000)
    assert [(row.class_code, row.customer_count, row.revenue_basis_points) for row in told.classes] == [
        ("A", 2, 9_000),
        ("B", 1, 600),
        ("C", 1, 400),
    ]
    top = await one(harness, large)
    assert (top.rule_id, top.revenue and top.revenue.amount, top.order_count, top.last_order_date) == (
        *(rule.id, 7_000_000, 2, MAY),
    )
    assert (top.class_code, top.class_actions, top.revenue_basis_points) == ("A", ("VISIT",), 7_000)
    assert [row.customer_id for row in await segments(harness)] == [dollar, large, middle, small, least]
    assert [row.customer_id for row in await segments(harness, class_code="A", order_by="revenue")] == [middle, large]
    unknown = await one(harness, dollar)
    assert (unknown.amount_unknown, unknown.class_code, unknown.life_cycle) == (True, "", None)
    for nobody in (person, twin):
        with pytest.raises(NotFound):
            await one(harness, nobody)
    shown = wire.segmentation(found).segmentation
    assert (shown.classes[0].revenue.units, shown.lorenz_points[-1].revenue_basis_points) == (900, 10_000)
    asked = pb.ListCustomerSegmentsRequest(life_cycle=pb.CUSTOMER_LIFE_CYCLE_NEW, moved_only=False, page_size=5)
    page = await results.list_customer_segments(harness.env, wire.LIST.decode(asked, call=a_call()))
    assert [row.class_code for row in wire.segments(page).segments] == ["A", "A", "B", "C"]


async def test_the_next_quarter_says_who_moved_and_a_withdrawn_version_divides_nobody(harness: Harness) -> None:
    rule = await published(harness, window_months=3, life_cycle_rules=replace(a_rule().life_cycle_rules, lost_months=2))
    rising, falling, gone = [await customer(harness, number) for number in (1, 2, 3)]
    for number, (id, units) in enumerate(((rising, 100), (falling, 800), (gone, 100)), start=1):
        await bought(harness, id, number, MAY, units)
    await made(harness, "2026-07-01T12:00:00+00:00")
    wrong = await published(harness, effective=date(9999, 10, 1))
    with pytest.raises(VersionNotLater):
        await published(harness, effective=date(2027, 1, 1))
    assert (await harness.run(*WITHDRAW, id=wrong.id)).state is RuleState.WITHDRAWN
    with pytest.raises(VersionInForce):
        await harness.run(*WITHDRAW, id=rule.id)
    await bought(harness, rising, 4, AUGUST, 900)
    await bought(harness, falling, 5, AUGUST, 10)
    await made(harness, "2026-10-01T12:00:00+00:00")
    assert harness.names()[-1] == "CustomerSegmentationCompleted"
    moved = await segments(harness, moved_only=True)
    assert [(row.customer_id, row.class_before, row.class_code, row.rule_id) for row in moved] == [
        (rising, "B", "A", rule.id),
        (falling, "A", "C", rule.id),
    ]
    found = await harness.look(results.get_customer_segmentation, results.GetCustomerSegmentation)
    told = summary(*found)
    assert (told.quarter, told.previous_quarter) == (NEXT, QUARTER)
    assert [(row.from_class, row.to_class, row.customer_count) for row in told.class_changes] == [
        *(("A", "C", 1), ("B", "", 1), ("B", "A", 1)),
    ]
    assert (await one(harness, gone, QUARTER)).class_code == "B"


async def test_a_rule_that_is_wrong_is_neither_drafted_nor_published(harness: Harness) -> None:
    with pytest.raises(InvalidInput) as refused:
        await published(harness, currency="XXQ", classes=a_rule().classes[:2])
    assert [fault.reason for fault in refused.value.violations] == ["UNKNOWN_CURRENCY", "BANDS_GAP"]
    with pytest.raises(InvalidInput) as refused:
        await published(harness, effective=MAY)
    assert [fault.reason for fault in refused.value.violations] == ["NOT_A_QUARTER"]
    asked = rules.ListCustomerSegmentationRules(call=a_call(), state=RuleState.DRAFT)
    drafts = (await rules.list_customer_segmentation_rules(harness.env, asked)).rows
    assert [row.value.number for row in drafts] == [1]


async def test_every_order_counts_of_a_customer_that_has_more_than_a_page_of_them(harness: Harness) -> None:
    await published(harness)
    id, count = await customer(harness, 1), ROWS_PER_PAGE + 1
    orders = [replace(an_order(number, MAY, 1), customer_id=id, time=NOW) for number in range(1, count + 1)]
    await harness.env.store.commit([create(ENTRIES, order) for order in orders])
    await made(harness, "2026-07-01T12:00:00+00:00")
    found = await one(harness, id)
    assert (found.order_count, found.revenue) == (count, Money.of(count, "EUR"))
