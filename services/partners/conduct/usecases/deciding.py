"""The decisions of the vendor in a case, some of which need a second person, and about appeals."""

from datetime import datetime

import msgspec

from libs.call import ResourceCommand
from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from libs.env import About
from libs.errors import InvalidInput
from libs.money import Money
from libs.partner import PartnerStatus
from libs.person import PersonalText
from libs.store.listing import everything
from libs.store.port import Loaded, Put, Scalar, Write
from services.partners.application import domain as application
from services.partners.application.events import PartnerReinstated, PartnerSuspended, PartnerTerminated
from services.partners.conduct.documents import CONDUCT_CASES
from services.partners.conduct.domain import appeals
from services.partners.conduct.domain import case as domain
from services.partners.conduct.domain.case import Actor, ConductCase, ConductEvidence, Deadlines, Ruling
from services.partners.conduct.domain.states import TWO_PERSONS, ConductReason, ConductState
from services.partners.conduct.reads import actor, appeal_until, cure_until, statement_until
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import StatusReason
from services.partners.settings import Env

Acted = tuple[Partner, PartnerSuspended | PartnerTerminated | PartnerReinstated]


class DecideConductCase(ResourceCommand, frozen=True, kw_only=True):
    """Move a case. asked_by, asked_for: the caller of the RPC and the one acted for; who confirms is another."""

    state: ConductState
    reason: ConductReason
    note: PersonalText | None = None
    fine: Money | None = None
    evidence: tuple[ConductEvidence, ...] = ()
    asked_by: str = ""
    asked_for: str = ""


class DecideConductAppeal(ResourceCommand, frozen=True, kw_only=True):
    """Decide an appeal."""

    upheld: bool = False
    note: PersonalText


async def decide_conduct_case(env: Env, cmd: DecideConductCase) -> ConductCase:
    """The case in the state that was decided; with SUSPENSION and TERMINATION the same commit writes the partner.
    WrongState, CaseUnderAppeal, InvalidInput, FineAboveCap, TooMuchEvidence."""
    loaded = await env.load(CONDUCT_CASES, cmd.id, call=cmd.call, etag=cmd.etag)
    if wrong := [*domain.evidence_violations(cmd.evidence)]:
        raise InvalidInput(wrong)
    partner = await env.load(PARTNERS, loaded.value.partner_id, call=cmd.call)
    now, by = env.clock.now(), actor(cmd.call.caller)
    asked = Actor(cmd.asked_by, cmd.asked_for) if cmd.state in TWO_PERSONS else Actor()
    ruling = Ruling(
        state=cmd.state,
        reason=cmd.reason,
        note=cmd.note,
        fine=cmd.fine,
        evidence=cmd.evidence,
        by=by,
        asked=asked,
    )
    deadlines = _deadlines(env, loaded.value, partner.value, now=now)
    case, told = domain.decide(loaded.value, ruling, deadlines, now=now)
    writes, events = _written(partner, _acted(partner.value, cmd.state, now=now))
    return await env.commit(loaded.put(case), *writes, events=[*told, *events], call=cmd.call)


async def decide_conduct_appeal(env: Env, cmd: DecideConductAppeal) -> ConductCase:
    """The case after the decision about its appeal; the same commit reinstates a partner that only this case suspends.
    NoAppeal, OtherPersonRequired, InvalidInput."""
    loaded = await env.load(CONDUCT_CASES, cmd.id, call=cmd.call, etag=cmd.etag)
    now, by = env.clock.now(), actor(cmd.call.caller)
    judged = appeals.judge(loaded.value, by, upheld=cmd.upheld, note=cmd.note, now=now)
    writes: list[Write] = []
    events: list[msgspec.Struct | About] = [judged.event]
    if judged.frees_partner:
        partner = await env.load(PARTNERS, loaded.value.partner_id, call=cmd.call)
        if await _only_this_suspends(env, judged.case, partner.value):
            more, about = _written(partner, application.reinstate(partner.value, note=None, now=now))
            writes, events = [*more], [*events, *about]
    return await env.commit(loaded.put(judged.case), *writes, events=events, call=cmd.call)


def _deadlines(env: Env, case: ConductCase, partner: Partner, *, now: datetime) -> Deadlines:
    return Deadlines(
        statement=statement_until(env, partner.country, now=now),
        cure=cure_until(env, partner.country, days=case.terms.cure_days, now=now),
        appeal=appeal_until(env, partner.country, now=now),
    )


def _acted(partner: Partner, state: ConductState, *, now: datetime) -> Acted | None:
    """The partner after a SUSPENSION or TERMINATION, and its event; None if nothing changes. WrongState."""
    if state is ConductState.SUSPENSION and partner.status is not PartnerStatus.SUSPENDED:
        return application.suspend(partner, StatusReason.AGREEMENT_BREACH, note=None, now=now)
    if state is ConductState.TERMINATION:
        return application.terminate(partner, StatusReason.AGREEMENT_BREACH, note=None, now=now)
    return None


def _written(partner: Loaded[Partner], acted: Acted | None) -> tuple[list[Put[Partner]], list[About]]:
    if acted is None:
        return [], []
    put = partner.put(acted[0])
    return [put], [About(acted[1], put.document)]


async def _only_this_suspends(env: Env, case: ConductCase, partner: Partner) -> bool:
    """Whether the partner is suspended for a breach, and no other case of it is in SUSPENSION."""
    if partner.status is not PartnerStatus.SUSPENDED or partner.status_reason is not StatusReason.AGREEMENT_BREACH:
        return False
    suspending: dict[str, Scalar] = {"partner_id": partner.id, "state": ConductState.SUSPENSION}
    return all(one.id == case.id for one in await everything(env.store, CONDUCT_CASES, suspending))


async def _needs_two(env: Env, cmd: DecideConductCase, case: ConductCase) -> bool:
    return cmd.state in TWO_PERSONS


FOUR_EYES = FourEyes(
    Guarded(
        method="/prm.partners.v1.ConductService/DecideConductCase",
        permission="partners.conduct_case.decide",
        kind=CONDUCT_CASES,
        command=DecideConductCase,
        use_case=decide_conduct_case,
        needed=_needs_two,
        summary=lambda cmd, case: (
            f"{cmd.state.name} in {case.id} of {case.partner_id}: {cmd.reason.name}"
            + (f", {cmd.fine.decimal} {cmd.fine.currency}" if cmd.fine else "")
        ),
    )
)
