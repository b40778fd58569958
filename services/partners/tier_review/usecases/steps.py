"""The one commit of a step: the membership, its row of the history, and what the level gives the partner."""

from msgspec.structs import replace

from libs.call import Command
from libs.env import About
from libs.partner import CreditProposal
from libs.store.port import Loaded, Put, Write, create
from services.partners.application.domain import LevelGiven, give_level
from services.partners.program.documents import PROGRAMS
from services.partners.program.domain.program import Program, ProgramLevel
from services.partners.record.domain.partner import Partner
from services.partners.settings import Env
from services.partners.tier_review.documents import ENROLMENTS, TIER_CHANGES
from services.partners.tier_review.domain.enrolment import Enrolment, Step


async def take(
    env: Env, cmd: Command, step: Step, *, loaded: Loaded[Enrolment] | None, partner: Loaded[Partner]
) -> Enrolment:
    """The membership after the step. Of two calls that move it at once, the later one fails and decides again.
    loaded: the membership before; None for a new one. partner: the row that the step is about."""
    put = loaded.put(step.enrolment) if loaded else create(ENROLMENTS, step.enrolment)
    more: list[Write] = []
    if step.change is not None:
        more.append(create(TIER_CHANGES, replace(step.change, id=env.ids.new("tch"))))
    given, told = await _given(env, cmd, step.enrolment, partner)
    return await env.commit(put, *more, *given, events=[*step.events, *told], call=cmd.call)


async def _given(
    env: Env, cmd: Command, enrolment: Enrolment, partner: Loaded[Partner]
) -> tuple[tuple[Put[Partner], ...], tuple[About, ...]]:
    """The write and the event of the partner; none if its level gives it what it has."""
    given = LevelGiven()
    if enrolment.level is not None:
        program = (await env.load(PROGRAMS, enrolment.level.program_id, call=cmd.call)).value
        level = program.level(enrolment.level.code)
        assert level is not None, "a published version never changes"
        given = _what_it_gives(program, level)
    if all(getattr(partner.value, name) == getattr(given, name) for name in given.__struct_fields__):
        return (), ()
    changed, event = give_level(partner.value, given, now=env.clock.now())
    put = partner.put(changed)
    return (put,), (About(event, put.document),)


def _what_it_gives(program: Program, level: ProgramLevel) -> LevelGiven:
    return LevelGiven(
        program=program.code,
        tier=level.tier,
        tier_rank=level.rank,
        claim_limit=level.benefits.claim_limit,
        protection_days=level.benefits.protection_days,
        lead_weight=level.benefits.lead_weight,
        credit_proposal=_proposal(program, level),
    )


def _proposal(program: Program, level: ProgramLevel) -> CreditProposal | None:
    limit = level.benefits.credit_proposal
    if limit is None:
        return None
    return CreditProposal(
        limit=limit,
        program=program.code,
        program_id=program.id,
        program_number=program.number,
        level_code=level.code,
    )
