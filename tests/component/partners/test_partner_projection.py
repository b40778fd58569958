"""What the others keep of partners and territories follows from the events alone, in whatever order they come."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from libs import partner_projection
from libs.call import SYSTEM, Call
from libs.messaging.envelope import Envelope
from libs.messaging.outbox import KINDS as OUTBOX_KINDS
from libs.partner import PartnerFacts, PartnerStatus, TerritoryFacts
from libs.privacy.keys import Keys
from libs.store.port import Store
from libs.store.sqlite import SqliteStore
from services.partners.application.usecases import transitions
from services.partners.record.domain.states import StatusReason
from services.partners.tier_review.usecases import enrolments
from tests.builders import NOW
from tests.component.partners.harness import Harness
from tests.component.partners.territories.test_territories import FIRST, grant, revoke
from tests.component.partners.tier_review.acts import enroll, publish


@pytest.fixture
async def abroad(tmp_path: Path) -> AsyncIterator[Store]:
    """The store of a peer."""
    opened = await SqliteStore.open(tmp_path / "peer.db")
    await opened.ensure([partner_projection.PARTNERS, partner_projection.TERRITORIES, *OUTBOX_KINDS])
    yield opened
    await opened.close()


async def hear(harness: Harness, told: list[Envelope]) -> None:
    """A peer consumes events."""
    [on_partner, on_territory] = [consumer.handle for consumer in partner_projection.CONSUMERS]
    for envelope in told:
        handle: Any = on_partner if ".partners.partner." in envelope.subject else on_territory
        await handle(harness.env, envelope, Call(caller=SYSTEM, method="test", dedup_key=f"peer:{envelope.id}"))


@pytest.mark.parametrize("seed", range(4))
async def test_a_peer_ends_up_with_the_newest_facts(harness: Harness, abroad: Store, keys: Keys, seed: int) -> None:
    top = await harness.distributor()
    partner = await harness.active()
    await harness.update(partner.id, parent_partner_id=top.id)
    await harness.run(transitions.set_tier, transitions.SetTier, id=partner.id, tier="GOLD", tier_rank=3)
    right = await grant(harness, partner.id, subdivision="BY", product_line="Pumps", exclusive=True)
    await revoke(harness, right.id, valid_until=NOW.date() + timedelta(days=1))
    last = await harness.run(
        transitions.suspend_partner, transitions.SuspendPartner, id=partner.id, status_reason=StatusReason.OTHER
    )
    told = list(harness.told)
    Random(seed).shuffle(told)
    peer = Harness(abroad, keys)
    await hear(peer, told)
    facts = await peer.value(partner_projection.PARTNERS, partner.id)
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
    loaded = await peer.value(partner_projection.TERRITORIES, right.id)
    assert loaded == TerritoryFacts(
        id=right.id,
        version=loaded.version,
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
        assert loaded.covers("DE", "BY", frozenset({"Pumps"}), on=on) is (day < 2)


@pytest.mark.parametrize("seed", range(2))
async def test_a_peer_has_the_credit_proposal_of_the_level_that_is_held_last(
    harness: Harness, abroad: Store, keys: Keys, seed: int
) -> None:
    program, partner = await publish(harness), await harness.active()
    enrolment = await enroll(harness, partner.id, "GOLD")
    entered = [one for one in harness.told if ".partners.partner." in one.subject]
    await harness.run(enrolments.end_enrolment, enrolments.EndEnrolment, id=enrolment.id)
    told = [one for one in harness.told if ".partners.partner." in one.subject]
    peer = Harness(abroad, keys)
    for envelopes, version in ((entered, program.id), (told, None)):
        Random(seed).shuffle(envelopes)
        await hear(peer, envelopes)
        proposal = (await peer.value(partner_projection.PARTNERS, partner.id)).credit_proposal
        assert (proposal and proposal.program_id) == version
