"""Customers that were lost or stopped buying are listed with the reasons until somebody has won them back."""

from datetime import timedelta
from typing import Any

import pytest

from libs.errors import InvalidInput
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import Stage
from services.deals.customers.usecases import merging
from services.deals.pipeline.consumers import CONSUMERS as PIPELINE
from services.deals.pipeline.domain.outcomes import OutcomeReason
from services.deals.pipeline.usecases import outcomes
from services.deals.protection import usecases as protection
from services.deals.winback import usecases
from services.deals.winback.domain import WinBack, WinBackKind
from tests.builders import a_call
from tests.component.deals.customers.telling import canceled, confirmed, deliver, listed, ordered, settle
from tests.component.deals.harness import PARTNER, RIVAL, Harness, a_customer

WHY = (OutcomeReason.PRICE, OutcomeReason.DELIVERY)


async def settled(harness: Harness) -> None:
    """What the service has told reaches pipeline and customers."""
    for envelope in harness.told:
        for consumer in PIPELINE:
            if consumer.takes(envelope.subject.split(".", 2)[2]):
                await consumer.handle(harness.env, envelope, a_call())
    await settle(harness)
    harness.told.clear()


async def lost(harness: Harness, name: str, partner: str = PARTNER) -> Registration:
    """A deal that was lost, with the reasons."""
    reg = await harness.submit(await harness.draft(partner, customer=a_customer(name)))
    reg = await harness.run(protection.advance_stage, protection.AdvanceStage, id=reg.id, stage=Stage.LOST)
    await settled(harness)
    why = {"reasons": WHY, "competitor": "Rival Corp"}
    await harness.run(outcomes.record_outcome, outcomes.RecordOutcome, registration_id=reg.id, **why)
    return reg


async def won(harness: Harness, name: str, partner: str = PARTNER) -> Registration:
    reg = await harness.convert(await harness.approved(partner, customer=a_customer(name)))
    await settled(harness)
    return reg


async def win_backs(harness: Harness, kind: WinBackKind, **asked: Any) -> list[WinBack]:
    found, token = list[WinBack](), ""
    while True:
        page = await harness.look(usecases.list_win_backs, usecases.ListWinBacks, kind=kind, page_token=token, **asked)
        found += page.found
        if not (token := page.next_page_token):
            return found


async def claims(harness: Harness, kind: WinBackKind, **asked: Any) -> list[str]:
    return [one.registration_id for one in await win_backs(harness, kind, **asked)]


async def test_a_lost_customer_is_listed_with_the_reasons_until_there_is_another_deal(harness: Harness) -> None:
    reg = await lost(harness, "Aa")
    [row] = await win_backs(harness, WinBackKind.LOST)
    (record,) = await listed(harness)
    today = harness.env.today()
    assert (row.customer_id, row.registration_id, row.partner_id) == (record.id, reg.id, PARTNER)
    assert (row.ended_date, row.reasons, row.competitor, row.country) == (today, WHY, "Rival Corp", "DE")
    again = await harness.submit(await harness.draft(RIVAL, customer=a_customer("Aa")))
    await settled(harness)
    assert await win_backs(harness, WinBackKind.LOST) == []
    await harness.withdraw(again)
    await settled(harness)
    assert await claims(harness, WinBackKind.LOST) == [reg.id]
    harness.days(1)
    await won(harness, "Aa", RIVAL)
    assert await win_backs(harness, WinBackKind.LOST) == []


async def test_lost_deals_come_newest_first_page_by_page_and_of_the_days_asked_for(harness: Harness) -> None:
    made = []
    for name in ("Aa", "Bb", "Cc"):
        made.append((await lost(harness, name)).id)
        harness.days(1)
    newest_first = made[::-1]
    assert await claims(harness, WinBackKind.LOST) == newest_first
    assert await claims(harness, WinBackKind.LOST, page_size=1) == newest_first
    today = harness.env.today()
    day = timedelta(days=1)
    assert await claims(harness, WinBackKind.LOST, ended_since=today - 2 * day) == newest_first[:2]
    assert await claims(harness, WinBackKind.LOST, ended_before=today - day) == newest_first[1:]
    with pytest.raises(InvalidInput):
        await claims(harness, WinBackKind.LOST, ended_since=today, ended_before=today - day)


async def test_a_customer_that_stopped_buying_is_listed_after_the_days_of_the_policy(harness: Harness) -> None:
    reg = await won(harness, "Aa")
    await lost(harness, "Bb")
    harness.days(365)
    assert await claims(harness, WinBackKind.LAPSED) == []
    harness.days(1)
    [row] = await win_backs(harness, WinBackKind.LAPSED)
    assert (row.registration_id, row.partner_id) == (reg.id, PARTNER)
    assert row.ended_date == harness.env.today() - timedelta(days=366)
    day = harness.env.today()
    await deliver(harness, ordered(reg.id))
    await deliver(harness, confirmed(reg.id, day))
    assert await claims(harness, WinBackKind.LAPSED) == []
    await deliver(harness, canceled())
    assert await claims(harness, WinBackKind.LAPSED) == [reg.id]
    await harness.submit(await harness.draft(RIVAL, customer=a_customer("Aa")))
    await settled(harness)
    assert await claims(harness, WinBackKind.LAPSED) == []


async def test_a_merged_customer_bought_when_any_of_its_records_did(harness: Harness) -> None:
    await won(harness, "Aa")
    harness.days(300)
    newer = await won(harness, "Bb")
    harness.days(100)
    rows = {row.described_by: row.id for row in await listed(harness)}
    old = next(id for reg, id in rows.items() if reg != newer.id)
    lapsed = await claims(harness, WinBackKind.LAPSED)
    assert lapsed == [reg for reg in rows if reg != newer.id]
    for source, target in ((rows[newer.id], old), (old, rows[newer.id])):
        await harness.run(merging.merge_customers, merging.MergeCustomers, id=source, into_id=target)
        assert await claims(harness, WinBackKind.LAPSED) == []
        await harness.run(merging.undo_merge, merging.UndoMerge, id=source)
        assert await claims(harness, WinBackKind.LAPSED) == lapsed
