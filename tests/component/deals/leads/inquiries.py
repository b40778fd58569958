"""Leads in every state, as the vendor's and the partners' people make them."""

from datetime import timedelta
from typing import Any

from libs.person import Person, PersonalText
from services.deals.claims.domain.registration import Registration
from services.deals.lead_distribution.jobs import distribute
from services.deals.lead_distribution.usecases import distributing, picking
from services.deals.leads.documents import LEAD_ACCOUNTS, LEADS
from services.deals.leads.domain.accounts import LeadAccount
from services.deals.leads.domain.lead import Lead
from services.deals.leads.domain.states import LeadBasis, LeadDeclineReason, LeadSource, LeadState
from services.deals.leads.usecases import answering, intake, judging
from services.deals.review import usecases as decisions
from tests.builders import a_call_of
from tests.component.deals.harness import PARTNER, RIVAL, Harness, a_customer

ASKER = Person(name="Quintessa Jablonska", email="q.jablonska@acme.example", phone="+49 30 492180")
TEXT = PersonalText(text="We need forty routers.")


class Desk(Harness):
    """Deals with what leads need."""

    async def create(self, name: str = "Neuwerk", **fields: Any) -> Lead:
        """A lead that may be passed on, of a customer of that name."""
        content = {
            "source": LeadSource.TRADE_FAIR,
            "customer": a_customer(name),
            "contact": ASKER,
            "text": TEXT,
            "product_lines": ("ROUTERS",),
            "basis": LeadBasis.STEPS_BEFORE_CONTRACT,
            **fields,
        }
        return await self.run(intake.create_lead, intake.CreateLead, **content)

    async def qualified(self, name: str = "Neuwerk", **fields: Any) -> Lead:
        """A lead that waits for a partner."""
        lead = await self.create(name, **fields)
        return await self.run(judging.qualify_lead, judging.QualifyLead, id=lead.id)

    async def passed_on(self, lead: Lead) -> Lead:
        """The lead after it was passed on."""
        return await self.run(distributing.distribute_lead, distributing.DistributeLead, id=lead.id)

    async def offered(self, name: str = "Neuwerk", **fields: Any) -> Lead:
        """A lead that one partner may accept."""
        return await self.passed_on(await self.qualified(name, **fields))

    async def accept(self, lead: Lead, partner: str = "") -> Lead:
        """Its partner's people accept it."""
        call = a_call_of(partner or lead.partner_id)
        return await self.env.run(answering.accept_lead, answering.AcceptLead(call=call, id=lead.id))

    async def decline(self, lead: Lead, reason: LeadDeclineReason = LeadDeclineReason.NO_CAPACITY) -> Lead:
        """Its partner's people do not want it."""
        cmd = answering.DeclineLead(call=a_call_of(lead.partner_id), id=lead.id, reason=reason)
        return await self.env.run(answering.decline_lead, cmd)

    async def pooled(self, name: str = "Neuwerk", **fields: Any) -> Lead:
        """A lead in the pool that neither partner wanted, long ago."""
        lead = await self.offered(name, **fields)
        for _ in range(2):
            await self.decline(lead)
            await distribute(self.env)
            lead = await self.lead(lead)
        assert lead.state is LeadState.IN_POOL
        self.clock.advance(self.env.settings.policy.lead_cool_down)
        return lead

    async def pick(self, lead: Lead, partner: str = PARTNER) -> Lead:
        """A partner's people pick it."""
        cmd = picking.PickLead(call=a_call_of(partner), id=lead.id, partner_id=partner)
        return await self.env.run(picking.pick_lead, cmd)

    async def claim_of(self, reg: Registration) -> Registration:
        """The draft that a lead became, under review."""
        submitted = await self.submit(reg)
        return await self.run(decisions.start_review, decisions.StartReview, id=submitted.id)

    async def lead(self, lead: Lead) -> Lead:
        """The lead as it is now."""
        return await self.value(LEADS, lead.id)

    async def account(self, partner: str = PARTNER) -> LeadAccount:
        """The account of a partner."""
        return await self.value(LEAD_ACCOUNTS, partner)

    def pass_by(self, lead: Lead, *, short: timedelta = timedelta()) -> None:
        """Time passes until the lead is due."""
        assert lead.due_time is not None
        self.clock.advance(lead.due_time - short - self.clock.now())


def other_than(partner: str) -> str:
    """The other one of the two partners."""
    return RIVAL if partner == PARTNER else PARTNER
