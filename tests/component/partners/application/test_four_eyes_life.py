"""Whatever three people, the clock and restarts do: a partner ends by two of them, in time, or not at all."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from libs.decisions.decision import Decision, DecisionState
from libs.decisions.documents import DECISIONS
from libs.errors import AppError
from libs.ids import unique
from libs.messaging.outbox import KINDS as OUTBOX_KINDS
from libs.partner import PartnerStatus
from libs.privacy.keys import Keys
from libs.store.listing import everything
from libs.store.port import Store
from services.partners.application.usecases import transitions
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import StatusReason
from services.partners.service import COMPOSITION
from tests.builders import asked_by
from tests.component.partners.application.deciding import MAY, WEEK, ask, confirm, decline, sweep
from tests.component.partners.harness import Harness
from tests.contracts.store.conftest import mongo_server as mongo_server
from tests.contracts.store.mongo_server import Server
from tests.contracts.store.site import MongoSite, Site, SqliteSite

PEOPLE = ("dev:anna", "dev:bernd", "dev:portal")
S = DecisionState
# What leads somewhere more often than the rest, or no sequence would get as far as a confirmation in or out of time.
WHAT = ("ask", "wait", "confirm") * 2 + ("confirm", "decline", "suspend", "reinstate", "end", "sweep", "reopen")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(WHAT),
        st.sampled_from(PEOPLE),
        st.sampled_from(("", *PEOPLE[:2])),
        st.sampled_from((1, 100, 168, 190)),
    ),
    min_size=4,
    max_size=16,
)
Steps = list[tuple[str, str, str, int]]


class Life:
    """One partner; a refusal is as good as a move. `ended_otherwise`: without a decision, as by another system."""

    def __init__(self, harness: Harness, partner: Partner) -> None:
        self.harness = harness
        self.partner = partner
        self.ended_otherwise = False

    async def step(self, what: str, who: str, behalf: str, hours: int) -> None:
        """One act; none but an expected refusal passes."""
        call = asked_by(who, MAY, on_behalf_of=behalf)
        newest = (await everything(self.harness.env.store, DECISIONS, {"resource_id": self.partner.id}))[-1:]
        try:
            if what == "ask":
                await ask(self.harness, self.partner, call)
            elif what in ("confirm", "decline") and newest:
                await (confirm if what == "confirm" else decline)(self.harness, newest[0], call)
            elif what in ("suspend", "reinstate"):
                await self._move(what)
            elif what == "end" and hours > 180:
                await self.harness.end(self.partner)
                self.ended_otherwise = True
            elif what == "sweep":
                await sweep(self.harness)
            elif what == "wait":
                self.harness.clock.advance(timedelta(hours=hours))
        except AppError:
            return

    async def check(self, before: tuple[Decision, ...]) -> None:
        """What holds after every step."""
        found = await everything(self.harness.env.store, DECISIONS, {"resource_id": self.partner.id})
        partner = await self.harness.value(PARTNERS, self.partner.id)
        confirmed = [one for one in found if one.state is S.CONFIRMED]
        assert sum(one.state is S.PENDING for one in found) <= 1
        assert len(confirmed) + self.ended_otherwise == (partner.status is PartnerStatus.TERMINATED)
        for one in confirmed:
            assert not {one.author, one.author_for} & {one.decider, one.decider_for} - {""}
            assert one.decide_time is not None
            assert one.decide_time < one.expire_time == one.create_time + WEEK
        for one in found:
            assert (one.state is S.PENDING) is (one.command is not None) is (one.pending_key is not None)
        ended = {one.id: one for one in before if one.state is not S.PENDING}
        assert ended.items() <= {one.id: one for one in found}.items()

    async def _move(self, what: str) -> None:
        if what == "suspend":
            reason = StatusReason.OVERDUE_PAYMENT
            await self.harness.run(
                transitions.suspend_partner, transitions.SuspendPartner, id=self.partner.id, status_reason=reason
            )
        else:
            await self.harness.run(transitions.reinstate_partner, transitions.ReinstatePartner, id=self.partner.id)


async def live(site: Site, keys: Keys, steps: Steps) -> None:
    """The steps, on a store that is opened anew where they say so."""
    partner, ended, clock = None, False, None
    rest = steps
    while rest or partner is None:
        async with _opened(site) as store:
            harness = Harness(store, keys)
            harness.clock = harness.env.clock = clock = clock or harness.clock
            partner = partner or await harness.active()
            life = Life(harness, partner)
            life.ended_otherwise = ended
            while rest:
                (what, who, behalf, hours), rest = rest[0], rest[1:]
                before = await everything(store, DECISIONS, {"resource_id": partner.id})
                await life.step(what, who, behalf, hours)
                await life.check(before)
                if what == "reopen":
                    break
            ended = life.ended_otherwise


@asynccontextmanager
async def _opened(site: Site) -> AsyncIterator[Store]:
    store = await site.open()
    try:
        await store.ensure([*COMPOSITION.kinds, *OUTBOX_KINDS])
        yield store
    finally:
        await store.close()


@settings(max_examples=50)
@given(steps=STEPS)
def test_a_partner_ends_by_two_persons_in_time_or_not_at_all(keys: Keys, steps: Steps) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(live(SqliteSite(Path(folder)), keys, steps))


@settings(max_examples=10)
@given(steps=STEPS)
def test_on_the_other_engine_as_well(keys: Keys, mongo_server: Server, steps: Steps) -> None:
    asyncio.run(live(MongoSite(mongo_server.url, f"prm_test_{unique()}"), keys, steps))
