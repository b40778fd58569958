"""The result of a campaign is counted before anybody asks, and is what counting at the moment of the question gives."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from google.type.money_pb2 import Money as Amount
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.errors import NotYetKnown
from libs.messaging.envelope import Envelope
from libs.privacy.keys import Keys
from libs.store.port import create
from services.deals.campaigns.consumers import CONSUMERS
from services.deals.campaigns.documents import TALLIES
from services.deals.campaigns.domain.attribution import figures
from services.deals.campaigns.domain.tallies import CampaignTally
from services.deals.campaigns.jobs import tally
from services.deals.campaigns.usecases import touching
from services.deals.campaigns.usecases.measuring import GetCampaignResult, get_campaign_result, measured
from services.deals.campaigns.usecases.tallying import TallyCampaign, tally_campaign
from services.deals.leads.usecases import answering
from services.deals.service import COMPOSITION
from tests.builders import NOW, a_call, a_call_of
from tests.component.deals.campaigns.test_campaigns import TODAY, a_fair
from tests.component.deals.customers import telling
from tests.component.deals.harness import PARTNER
from tests.component.deals.leads.inquiries import Desk
from tests.component.replica import sealed

ACTS = ("touch lead", "touch claim", "convert", "order", "confirm", "cancel", "close", "count", "twice")


async def deliver(desk: Desk, envelope: Envelope) -> None:
    """Give an event to the histories, and then to campaigns."""
    await telling.deliver(desk, envelope)
    for consumer in CONSUMERS:
        if consumer.takes(envelope.subject.split(".", 2)[2]):
            await consumer.handle(desk.env, envelope, a_call())


async def settle(desk: Desk) -> None:
    told, desk.told = desk.told, []
    for envelope in told:
        await deliver(desk, envelope)


class Fair:
    """Two campaigns, a lead and its claim, and an order on that."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.campaigns: list[str] = []
        self.lead = self.claim = ""
        self.last: Envelope | None = None

    async def begin(self) -> None:
        await self.desk.partner()
        await self.desk.territory(1, partner=PARTNER)
        self.campaigns = [(await a_fair(self.desk)).id for _ in range(2)]
        self.lead = (await self.desk.accept(await self.desk.offered())).id

    async def do(self, what: str, campaign: int, ago: int) -> None:
        match what:
            case "touch lead":
                await self._touch(campaign, ago, lead_id=self.lead)
            case "touch claim" if self.claim:
                await self._touch(campaign, ago, registration_id=self.claim)
            case "convert" if not self.claim:
                cmd = answering.ConvertLead(call=a_call_of(PARTNER), id=self.lead)
                self.claim = (await self.desk.env.run(answering.convert_lead, cmd)).registration_id
            case "count":
                await tally(self.desk.env)
            case "twice" if self.last:
                await deliver(self.desk, self.last)
            case _ if self.claim:
                await self._order(what, ago)
        await settle(self.desk)

    async def _touch(self, campaign: int, ago: int, **subject: str) -> None:
        day = TODAY - timedelta(ago)
        fields = {"campaign_id": self.campaigns[campaign], "day": day, **subject}
        await self.desk.run(touching.record_touch, touching.RecordTouch, **fields)

    async def _order(self, what: str, ago: int) -> None:
        total, part = Amount(units=100 + ago, currency_code="EUR"), Amount(units=30, currency_code="EUR")
        made = {
            "order": telling.ordered(self.claim, total=total),
            "confirm": telling.confirmed(self.claim, TODAY - timedelta(ago), total=total),
            "cancel": telling.canceled(),
            "close": telling.closed(canceled=part),
        }
        if what in made:
            self.last = made[what]
            await deliver(self.desk, made[what])


async def answers_are_right(desk: Desk, campaigns: Sequence[str]) -> None:
    for id in campaigns:
        shown = await get_campaign_result(desk.env, GetCampaignResult(call=a_call(), campaign_id=id))
        now = await measured(desk.env, CampaignTally(id=id))
        assert (shown.lead_count, shown.claim_count, shown.order_count, shown.more) == (
            now.lead_count,
            now.claim_count,
            now.order_count,
            now.more,
        )
        assert shown.figures == figures(now.sums, None)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 1), st.integers(0, 3)), min_size=4, max_size=14))
def test_a_result_that_was_counted_before_is_the_one_that_is_counted_now(
    keys: Keys, acts: list[tuple[str, int, int]]
) -> None:
    async def play() -> None:
        with TemporaryDirectory() as directory:
            async with sealed(Path(directory), COMPOSITION.name, COMPOSITION.kinds, keys) as store:
                fair = Fair(Desk(store, keys))
                await fair.begin()
                for act in acts:
                    await fair.do(*act)
                    await answers_are_right(fair.desk, fair.campaigns)

    asyncio.run(play())


@pytest.fixture
def desk(harness: Any, store: Any, keys: Any) -> Desk:
    return Desk(store, keys, clock=harness.clock)


async def test_a_tally_is_counted_once_and_again_when_something_has_changed(desk: Desk) -> None:
    fair, claim = await a_fair(desk), await desk.draft()

    async def touch(ago: int) -> None:
        fields = {"campaign_id": fair.id, "registration_id": claim.id, "day": TODAY - timedelta(ago)}
        await desk.run(touching.record_touch, touching.RecordTouch, **fields)
        await settle(desk)

    await touch(0)
    assert [await tally(desk.env), await tally(desk.env)] == [1, 0]
    counted = await desk.value(TALLIES, fair.id)
    assert (counted.stale, counted.claim_count) == (False, 1)
    await touch(1)
    assert (await desk.value(TALLIES, fair.id)).stale
    assert [await tally(desk.env), await tally(desk.env)] == [1, 0]


async def test_an_order_waits_for_the_history_in_which_it_is_counted(desk: Desk) -> None:
    fair, claim = await a_fair(desk), await desk.claimed()
    fields = {"campaign_id": fair.id, "registration_id": claim.id, "day": TODAY}
    await desk.run(touching.record_touch, touching.RecordTouch, **fields)
    await desk.env.store.commit([create(TALLIES, CampaignTally(id=fair.id, stale=False))])
    desk.told.clear()
    order = telling.confirmed(claim.id, NOW.date(), total=Amount(units=5, currency_code="EUR"))
    of_orders = next(one for one in CONSUMERS if one.part)
    with pytest.raises(NotYetKnown):
        await of_orders.handle(desk.env, order, a_call())
    await deliver(desk, order)
    counted = await desk.env.run(tally_campaign, TallyCampaign(call=a_call(), id=fair.id))
    assert counted.order_count == 1
