"""Renews agreements, ends them by notice or without, and does what falls due on a day."""

from datetime import date

from msgspec.structs import replace

from libs.call import Command, ResourceCommand
from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from libs.document import same_content
from libs.store.port import get
from services.partners.agreement.documents import AGREEMENTS
from services.partners.agreement.domain import agreement as domain
from services.partners.agreement.domain.agreement import Agreement
from services.partners.agreement.domain.states import ENDED_AHEAD, Party, TerminationCause
from services.partners.agreement.reads import agreements_of, law_for
from services.partners.hierarchy.domain import set_downline_access
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import MAY_SEE_DOWNLINE
from services.partners.settings import Env


class GiveNotice(ResourceCommand, frozen=True, kw_only=True):
    """Give notice. given_on: None: today. last_day: None: the earliest."""

    party: Party
    given_on: date | None = None
    last_day: date | None = None


class RenewAgreement(ResourceCommand, frozen=True, kw_only=True):
    """Extend the term of an agreement."""


class TerminateAgreement(ResourceCommand, frozen=True, kw_only=True):
    """End an agreement today, without notice."""

    cause: TerminationCause


class MoveAgreement(Command, frozen=True, kw_only=True):
    """Do what is due on an agreement."""

    id: str


class FollowAgreements(Command, frozen=True, kw_only=True):
    """Let the users of a partner see its downline as its agreements say today."""

    partner_id: str


async def give_notice(env: Env, cmd: GiveNotice) -> Agreement:
    """The agreement in NOTICE_GIVEN. WrongState, InvalidInput, NoNoticeAgreed, NoticeTooShort."""
    loaded = await env.load(AGREEMENTS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner = (await env.load(PARTNERS, loaded.value.partner_id, call=cmd.call)).value
    given_on = cmd.given_on or env.today()
    domain.refuse_notice_days(given_on, cmd.last_day, since=loaded.value.since, today=env.today())
    law = law_for(partner, on=given_on)
    agreement, event = domain.give_notice(
        loaded.value, cmd.party, law, given_on=given_on, last_day=cmd.last_day, now=env.clock.now()
    )
    return await env.commit(loaded.put(agreement), events=[event], call=cmd.call)


async def renew_agreement(env: Env, cmd: RenewAgreement) -> Agreement:
    """The agreement with its next term; WrongState, NotRenewable."""
    loaded = await env.load(AGREEMENTS, cmd.id, call=cmd.call, etag=cmd.etag)
    agreement, event = domain.renew(loaded.value, now=env.clock.now())
    return await env.commit(loaded.put(agreement), events=[event], call=cmd.call)


async def terminate_agreement(env: Env, cmd: TerminateAgreement) -> Agreement:
    """The agreement in TERMINATED; WrongState."""
    loaded = await env.load(AGREEMENTS, cmd.id, call=cmd.call, etag=cmd.etag)
    agreement, event = domain.terminate(loaded.value, cmd.cause, today=env.today(), now=env.clock.now())
    return await env.commit(loaded.put(agreement), events=[event], call=cmd.call)


async def move_agreement(env: Env, cmd: MoveAgreement) -> Agreement:
    """The agreement after its start, a warning, its renewal or its end; unchanged if nothing is due. After a last day
    that was set ahead no event tells it, so the downline follows here."""
    loaded = await env.load(AGREEMENTS, cmd.id, call=cmd.call)
    due = loaded.value.act_on is not None and loaded.value.act_on <= env.today()
    if due and loaded.value.state in ENDED_AHEAD:
        await follow_agreements(env, FollowAgreements(call=cmd.call, partner_id=loaded.value.partner_id))
        return await env.commit(loaded.put(replace(loaded.value, act_on=None)), call=cmd.call)
    moved = domain.fall_due(loaded.value, today=env.today(), now=env.clock.now())
    if moved is None:
        return loaded.value
    agreement, event = moved
    return await env.commit(loaded.put(agreement), events=[event], call=cmd.call)


async def follow_agreements(env: Env, cmd: FollowAgreements) -> Partner | None:
    """The partner, whose users see its downline if an agreement in force says so; unchanged if that is so, or if no
    agreement of the partner has been in force. None if there is no partner."""
    loaded = await get(env.store, PARTNERS, cmd.partner_id)
    if loaded is None or loaded.value.status not in MAY_SEE_DOWNLINE:
        return loaded.value if loaded else None
    today = env.today()
    held = [row.value for row in (await agreements_of(env, cmd.partner_id)).values()]
    if not any(domain.has_begun(one, today) for one in held):
        return loaded.value
    sees = any(one.terms.sees_downline for one in held if domain.in_force(one, today))
    partner, event = set_downline_access(loaded.value, sees_downline=sees, now=env.clock.now())
    if same_content(loaded.value, partner):
        return loaded.value
    return await env.commit(loaded.put(partner), events=[event], call=cmd.call)


# The termination of an agreement without notice, which needs a second person.
FOUR_EYES = FourEyes(
    Guarded(
        method="/prm.partners.v1.AgreementService/TerminateAgreement",
        permission="partners.agreement.end",
        kind=AGREEMENTS,
        command=TerminateAgreement,
        use_case=terminate_agreement,
        summary=lambda cmd, agreement: f"terminate {agreement.id}: {cmd.cause.name}",
    )
)
