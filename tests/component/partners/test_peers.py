"""What the others keep of partners and territories follows from the events alone, in whatever order they come."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from libs import peers
from libs.call import SYSTEM, Call
from libs.messaging.envelope import Envelope
from libs.messaging.outbox import KINDS as OUTBOX_KINDS
from libs.partner import PartnerFacts, PartnerStatus, TerritoryFacts
from libs.privacy.keys import Keys
from libs.store.port import Store
from libs.store.sqlite import SqliteStore
from services.partners.application.usecases import transitions
from services.partners.record.domain.states import StatusReason
from tests.builders import NOW
from tests.component.partners.desk import Desk
from tests.component.partners.territories.test_territories import FIRST, grant, revoke


@pytest.fixture
async def abroad(tmp_path: Path) -> AsyncIterator[Store]:
    """The store of a peer."""
    opened = await SqliteStore.open(tmp_path / "peer.db")
    await opened.ensure([peers.PARTNERS, peers.TERRITORIES, *OUTBOX_KINDS])
    yield opened
    await opened.close()


async def hear(desk: Desk, told: list[Envelope]) -> None:
    """A peer consumes events."""
    [on_partner, on_territory] = [consumer.handle for consumer in peers.CONSUMERS]
    for envelope in told:
        handle: Any = on_partner if ".partners.partner." in envelope.subject else on_territory
        await handle(desk.env, envelope, Call(caller=SYSTEM, method="test", mark=f"peer:{envelope.id}"))


@pytest.mark.parametrize("seed", range(4))
async def test_a_peer_ends_up_with_the_newest_facts(desk: Desk, abroad: Store, keys: Keys, seed: int) -> None:
    top = await desk.distributor()
    partner = await desk.active()
    await desk.update(partner.id, parent_partner_id=top.id)
    await desk.run(transitions.set_tier, transitions.SetTier, id=partner.id, tier="GOLD", tier_rank=3)
    right = await grant(desk, partner.id, subdivision="BY", product_line="Pumps", exclusive=True)
    await revoke(desk, right.id, valid_until=NOW.date() + timedelta(days=1))
    last = await desk.run(
        transitions.suspend_partner, transitions.SuspendPartner, id=partner.id, status_reason=StatusReason.OTHER
    )
    told = list(desk.told)
    Random(seed).shuffle(told)
    peer = Desk(abroad, keys)
    await hear(peer, told)
    facts = await peer.value(peers.PARTNERS, partner.id)
    assert facts == PartnerFacts(
        id=partner.id,
        version=facts.version,
        facts_version=last.version,
        status=PartnerStatus.SUSPENDED,
        country="DE",
        tier="GOLD",
        tier_rank=3,
        parent_partner_id=top.id,
    )
    held = await peer.value(peers.TERRITORIES, right.id)
    assert held == TerritoryFacts(
        id=right.id,
        version=held.version,
        facts_version=2,
        partner_id=partner.id,
        country="DE",
        subdivision="BY",
        product_line="Pumps",
        exclusive=True,
        valid_from=FIRST,
        valid_until=NOW.date() + timedelta(days=1),
    )
    for day in range(3):
        on = NOW.date() + timedelta(days=day)
        assert held.covers("DE", "BY", frozenset({"Pumps"}), on=on) is (day < 2)
