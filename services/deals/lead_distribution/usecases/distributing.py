"""Passes leads on: to the partner that is first by the rules, into the pool, or to nobody while a protection lasts."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from libs.call import Call, Command, ResourceCommand
from libs.env import About
from libs.store.port import Loaded, Put, Write, create, get_all
from services.deals.lead_distribution.documents import ROUNDS
from services.deals.lead_distribution.domain.distribution import Decision, LeadRound, LeadRoundOutcome, decide
from services.deals.lead_distribution.reads import Roster, accept_by, limits, protections_of
from services.deals.leads.documents import LEADS, POOL
from services.deals.leads.domain import transitions
from services.deals.leads.domain.accounts import entered
from services.deals.leads.domain.lead import Lead
from services.deals.leads.domain.pool import entry_of
from services.deals.leads.domain.states import LeadState
from services.deals.settings import Env

LEADS_TOGETHER = 100  # each takes up to four writes of a commit, with its event


class DistributeLead(ResourceCommand, frozen=True, kw_only=True):
    """Pass a lead on now."""


class DistributeLeads(Command, frozen=True, kw_only=True):
    """Pass those of these leads on that are due, 100 at most, in one commit. roster: what several calls read once."""

    ids: tuple[str, ...]
    roster: Roster


class Distributed(msgspec.Struct, frozen=True, kw_only=True):
    """How many leads were passed on."""

    count: int


class _Batch:
    """The leads of one commit, each passed on after the ones before it."""

    def __init__(self, env: Env, roster: Roster) -> None:
        self._env = env
        self._roster = roster
        self._leads: list[Put[Lead]] = []
        self._more: list[Write] = []
        self._events: list[About] = []

    def __len__(self) -> int:
        return len(self._leads)

    async def add(self, loaded: Loaded[Lead]) -> None:
        """Pass one on."""
        lead, now = loaded.value, self._env.clock.now()
        decision = await self._decision(lead)
        offer_id = self._env.ids.new("lof") if decision.partner_id else ""
        after, told = await self._moved(lead, decision, offer_id, now)
        put = loaded.put(after)
        self._leads.append(put)
        self._more.append(create(ROUNDS, self._round(lead, decision, offer_id)))
        self._events += (About(one, put.document) for one in told)

    async def commit(self, call: Call) -> Lead:
        """Commit everything; the first lead."""
        first, *others = self._leads
        return await self._env.commit(
            first, *others, *self._more, *self._roster.writes(), events=self._events, call=call
        )

    async def _decision(self, lead: Lead) -> Decision:
        protections = await protections_of(self._env, lead)
        sellers = () if protections else await self._roster.sellers(lead)
        ids = [*(one.partner_id for one in protections), *(one.partner_id for one in sellers)]
        return decide(
            sellers,
            await self._roster.loads(ids),
            had=lead.had,
            refusals=lead.refusals,
            protections=protections,
            limits=limits(self._env),
            now=self._env.clock.now(),
        )

    async def _moved(self, lead: Lead, decision: Decision, offer_id: str, now: datetime) -> transitions.Moved:
        if decision.outcome is LeadRoundOutcome.OFFERED:
            partner_id = decision.partner_id
            account = entered(await self._roster.account(partner_id), self._env.today(), opened=1, offered=1)
            self._roster.keep(replace(account, last_offer_time=now))
            due = accept_by(self._env, await self._roster.country(partner_id), now)
            return transitions.offer(lead, partner_id, offer_id, accept_by=due, now=now)
        if decision.outcome is LeadRoundOutcome.POOLED:
            after, told = transitions.pool(lead, now=now)
            self._more.append(create(POOL, entry_of(after, now=now)))
            return after, told
        assert decision.until is not None, "a protection has an end"
        return transitions.withhold(lead, until=decision.until, now=now)

    def _round(self, lead: Lead, decision: Decision, offer_id: str) -> LeadRound:
        return LeadRound(
            id=self._env.ids.new("lrd"),
            lead_id=lead.id,
            outcome=decision.outcome,
            chosen_partner_id=decision.partner_id,
            offer_id=offer_id,
            for_protected=decision.for_protected,
            candidates=decision.candidates,
            candidate_count=decision.candidate_count,
            exclusions=decision.exclusions,
            exclusion_count=decision.exclusion_count,
            create_time=self._env.clock.now(),
        )


async def distribute_lead(env: Env, cmd: DistributeLead) -> Lead:
    """The lead: offered, in the pool, or withheld. LeadWithoutBasis."""
    loaded = await env.load(LEADS, cmd.id, call=cmd.call, etag=cmd.etag)
    transitions.refuse_without_basis(loaded.value, now=env.clock.now())
    batch = _Batch(env, Roster(env))
    await batch.add(loaded)
    return await batch.commit(cmd.call)


async def distribute_leads(env: Env, cmd: DistributeLeads) -> Distributed:
    """How many were passed on; the others are not due."""
    cmd.roster.forget()
    batch, now = _Batch(env, cmd.roster), env.clock.now()
    for loaded in (await get_all(env.store, LEADS, cmd.ids)).values():
        if is_due(loaded.value, now=now):
            await batch.add(loaded)
    if len(batch):
        await batch.commit(cmd.call)
    return Distributed(count=len(batch))


def is_due(lead: Lead, *, now: datetime) -> bool:
    """Whether the service passes the lead on by itself now."""
    waits = lead.state is LeadState.QUALIFIED and lead.basis is not None
    return waits and lead.due_time is not None and lead.due_time <= now < lead.expire_time
