"""A hostile partner asks all that it may, in two worlds that differ by what a rival does where the vendor brings both
together: leads, campaigns, joint pursuits and cases with their appeals.

The worlds of one property differ in who the rival is and when it acts; those of the other in whether it does at all
what nobody may see.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

from google.type.date_pb2 import Date
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.errors import AppError
from libs.pb.prm.common import v1 as common
from libs.pb.prm.deals import v1 as pb
from libs.privacy.keys import Keys
from libs.store.listing import everything
from services.deals.adjudication.domain.cases import Adjudication
from services.deals.adjudication.jobs import settle_adjudications
from services.deals.adjudication.usecases import sides
from services.deals.campaigns.domain.campaign import Participation
from services.deals.campaigns.domain.states import CampaignKind, CampaignState, ParticipationState
from services.deals.campaigns.usecases import planning, taking_part, touching
from services.deals.claims.domain.registration import Activity, Registration
from services.deals.claims.domain.states import ActivityType, Stage
from services.deals.lead_distribution.jobs import distribute
from services.deals.leads.documents import LEADS, POOL
from services.deals.leads.domain.states import LeadState
from services.deals.leads.jobs import take_back
from services.deals.leads.usecases import answering
from services.deals.protection import usecases as protection
from services.deals.pursuit import usecases as pursuit
from services.deals.pursuit.domain.members import PursuitChannel, PursuitMembership, PursuitRole
from services.deals.pursuit.domain.snapshots import SharedField
from tests.builders import a_call_of
from tests.component.deals.adjudication import acts as cases
from tests.component.deals.harness import ACME, PARTNER, RIVAL
from tests.component.deals.worlds import OTHER_RIVAL, Act, World, request, told

Member = pursuit.AnswerInvitation


class Together(World):
    """Both partners have a claim on Acme in review, and may get leads in Germany. What the vendor does about the
    partner counts as the partner's act: it happens at the same moment in both worlds."""

    case: Adjudication | None = None

    async def begin(self) -> None:
        await super().begin()
        harness = self.harness
        for number, one in enumerate((PARTNER, self.rival), start=1):
            await harness.territory(number, partner=one, exclusive=False)
        self.own = await harness.claimed(customer=ACME)
        self.foreign = await harness.claimed(self.rival, customer=ACME)
        self.mine.append(self.own.id)
        day = harness.env.today()
        content = {"kind": CampaignKind.FAIR, "name": "Messe", "first_day": day, "last_day": day}
        self.fair = await harness.run(planning.create_campaign, planning.CreateCampaign, **content)
        running = {"id": self.fair.id, "state": CampaignState.RUNNING}
        await harness.run(planning.move_campaign, planning.MoveCampaign, **running)
        await self.settle()

    async def do_mine(self, act: Act) -> None:
        match act.what:
            case "look":
                await self.look()
            case "accept" | "decline" | "convert" | "pick":
                await self._lead(act.what, act.customer)
            case "answer":
                answer = act.customer % 2 + pb.PARTICIPATION_STATE_REGISTERED
                await self._ask("AnswerInvitation", "participations", act.customer, answer=answer)
            case "join":
                await self._ask("AcceptInvitation", "memberships", act.customer)
            case "step":
                due = Date(year=2027, month=1, day=1)
                fields = {"type": pb.ACTIVITY_TYPE_QUOTE, "due_date": due}
                await self._ask("AddNextStep", "memberships", act.customer, "membership_id", **fields)
            case "appeal":
                said = common.PersonalText(text="We were first.")
                await self._ask("AppealAdjudication", "adjudication_sides", act.customer, statement=said)
            case what:
                with suppress(AppError):
                    await self._vendor(what, act.customer)

    async def do_theirs(self, act: Act) -> None:
        with suppress(AppError):  # whether the rival may is not what is asked here
            await self._their(act.what, act.customer)

    async def _ask(self, name: str, rows: str, number: int, field: str = "id", **fields: Any) -> None:
        """Do it with one of the rows that the partner knows."""
        if known := self.known.get(rows):
            await self.ask(name, request(name, **{field: known[number % len(known)], **fields}))

    async def _lead(self, what: str, number: int) -> None:
        match what:
            case "decline":
                reason = pb.LEAD_DECLINE_REASON_NO_CAPACITY
                await self._ask("DeclineLead", "leads", number, reason=reason)
            case "pick":
                await self._ask("PickLead", "pool_leads", number, partner_id=PARTNER)
            case _:
                await self._ask(f"{what.title()}Lead", "leads", number)

    async def _vendor(self, what: str, number: int) -> None:
        """What the vendor does about the partner, or about both."""
        harness = self.harness
        match what:
            case "lead":
                await harness.qualified(f"Werk {len(await everything(harness.env.store, LEADS, {}))}")
            case "distribute":
                await distribute(harness.env)
            case "wait":
                harness.days(9)
                await take_back(harness.env)
                await distribute(harness.env)
            case "fair":
                await self._invited(PARTNER)
            case "visit":
                await self._record(await self._invited(PARTNER))
            case "pursue":
                await self._pursued(self.foreign, PARTNER)
            case "approve mine":
                await harness.approve(await harness.reg(self.own))
            case "case" if self.case is None:
                self.case = await cases.opened(harness, *(self.own, self.foreign)[:: 1 if number % 2 else -1])
            case "decide" if self.case:
                await cases.decide(harness, self.case, (self.own, self.foreign)[number % 2].id)
            case "judge" if self.case:
                await cases.judge(harness, self.case, (self.own, self.foreign)[number % 2].id)
            case "settle":
                harness.days(20)
                await settle_adjudications(harness.env)

    async def _their(self, what: str, number: int) -> None:
        """What the rival does, and what the vendor does about it."""
        harness, call = self.harness, a_call_of(self.rival)
        match what:
            case "lead":
                await self._their_lead(number)
            case "pick":
                for entry in (await everything(harness.env.store, POOL, {}))[number % 2 :: 2]:
                    await harness.pick(await harness.value(LEADS, entry.id), self.rival)
            case "fair":
                one = await self._invited(self.rival)
                coming = ParticipationState.REGISTERED
                cmd = taking_part.AnswerInvitation(call=call, id=one.id, answer=coming)
                await harness.env.run(taking_part.answer_invitation, cmd)
                await self._record(one)
            case "touch":
                touched = {"registration_id": self.foreign.id, "day": harness.env.today()}
                await harness.run(touching.record_touch, touching.RecordTouch, campaign_id=self.fair.id, **touched)
            case "pursue":
                await self._they_pursue()
            case "invitation" if self.case:
                side = await cases.side_of(harness, self.foreign)
                letter = {"id": side.id, "reference": f"LETTER-{number}"}
                await harness.run(sides.record_invitation, sides.RecordInvitation, **letter)
            case "stage":
                done = Activity(type=ActivityType.QUOTE, date=harness.env.today())
                fields = {"id": self.foreign.id, "stage": Stage.QUALIFIED, "activities": (done,)}
                await harness.run(protection.advance_stage, protection.AdvanceStage, **fields)
            case "approve":
                await harness.approve(await harness.reg(self.foreign))
            case "appeal" if self.case:
                await cases.appeal(harness, self.foreign)
            case "withdraw":
                await harness.withdraw(self.foreign)

    async def _their_lead(self, number: int) -> None:
        """The rival takes the lead that it was offered or does not want it, and goes on with one that it has."""
        harness, call = self.harness, a_call_of(self.rival)
        for lead in await everything(harness.env.store, LEADS, {"partner_id": self.rival}):
            if lead.state is LeadState.OFFERED:
                await (harness.accept(lead) if number % 3 else harness.decline(lead))
            elif lead.state is LeadState.ACCEPTED:
                await harness.env.run(answering.convert_lead, answering.ConvertLead(call=call, id=lead.id))

    async def _they_pursue(self) -> None:
        """The rival joins the pursuit of the partner's claim, and works on it."""
        env, call = self.harness.env, a_call_of(self.rival)
        member = await self._pursued(self.own, self.rival)
        await env.run(pursuit.accept_invitation, Member(call=call, id=member.id))
        fields: dict[str, Any] = {"call": call, "membership_id": member.id, "type": ActivityType.QUOTE}
        step = pursuit.AddNextStep(due_date=env.today(), **fields)
        await env.run(pursuit.add_next_step, step)
        done = pursuit.RecordPursuitActivity(channel=PursuitChannel.CALL, date=env.today(), **fields)
        await env.run(pursuit.record_pursuit_activity, done)

    async def _pursued(self, reg: Registration, partner: str) -> PursuitMembership:
        content = {"role": PursuitRole.CO_SELLER, "shared_fields": tuple(SharedField), "valid_days": 7}
        fields = {"registration_id": reg.id, "partner_id": partner, **content}
        return await self.harness.run(pursuit.invite_member, pursuit.InviteMember, **fields)

    async def _invited(self, partner: str) -> Participation:
        fields = {"campaign_id": self.fair.id, "partner_id": partner}
        return await self.harness.run(taking_part.invite_partner, taking_part.InvitePartner, **fields)

    async def _record(self, one: Participation) -> None:
        fields = {"id": one.id, "attendance": ParticipationState.ATTENDED}
        await self.harness.run(taking_part.record_attendance, taking_part.RecordAttendance, **fields)


def acts(first: tuple[str, ...], mine: tuple[str, ...], theirs: tuple[str, ...]) -> st.SearchStrategy[list[Act]]:
    """first: what the vendor and the partner begin with."""
    number = st.integers(0, 5)
    one = st.builds(Act, mine=st.just(True), what=st.sampled_from((*mine, "look")), customer=number) | st.builds(
        Act, mine=st.just(False), what=st.sampled_from(theirs), customer=number
    )
    begun = [Act(mine=True, what=what, customer=0) for what in first]
    return st.lists(one, min_size=5, max_size=12).map(lambda some: begun + some)


LEADING = acts(
    ("lead", "lead", "lead", "distribute", "look"),
    ("lead", "distribute", "wait", "accept", "decline", "convert", "pick"),
    ("lead", "pick", "approve"),
)
DISPUTED = acts(
    ("case", "look"),
    ("decide", "judge", "settle", "appeal", "approve mine"),
    ("invitation", "stage", "approve", "appeal", "withdraw"),
)
UNSEEN = acts(
    ("fair", "pursue", "case", "look"),
    ("answer", "visit", "join", "step", "decide", "appeal"),
    ("fair", "touch", "pursue", "invitation"),
)


@settings(max_examples=25, deadline=None)
@given(LEADING | DISPUTED | UNSEEN)
def test_a_partner_cannot_tell_who_else_the_vendor_works_with_and_when(keys: Keys, some: list[Act]) -> None:
    later = timedelta(minutes=31)
    one, other = [
        asyncio.run(told(keys, some, rival=rival, late=late, kind=Together))
        for rival, late in ((RIVAL, timedelta()), (OTHER_RIVAL, later))
    ]
    assert one == other


@settings(max_examples=15, deadline=None)
@given(UNSEEN)
def test_a_partner_cannot_tell_whether_others_take_part_in_what_it_takes_part_in(keys: Keys, some: list[Act]) -> None:
    alone = [act if act.mine else act._replace(what="nothing") for act in some]
    with_rival, without = [asyncio.run(told(keys, played, rival=RIVAL, kind=Together)) for played in (some, alone)]
    assert with_rival == without
