"""Shows a partner how far it is from each level of its programme."""

from datetime import date, datetime

import msgspec

from libs.call import Command
from services.partners.program.reads import program_in_force
from services.partners.record.documents import PARTNERS
from services.partners.settings import Env
from services.partners.tier_review.domain.enrolment import Enrolment
from services.partners.tier_review.domain.progress import LevelProgress
from services.partners.tier_review.reads import active_enrolment, figures_of
from services.partners.tier_review.usecases.enrolments import own


class GetTierProgress(Command, frozen=True, kw_only=True):
    """Show the progress of a partner."""

    partner_id: str


class TierProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a partner is today; the proto says what each field means."""

    enrolment: Enrolment
    program_id: str
    program_number: int
    levels: tuple[LevelProgress, ...]
    day: date
    as_of: datetime


async def get_tier_progress(env: Env, cmd: GetTierProgress) -> TierProgress:
    """The progress of a partner in its programme, under the version in force. NotFound, NotEnrolled,
    NoProgramInForce."""
    partner = await env.show(PARTNERS, own(cmd.partner_id, call=cmd.call), call=cmd.call)
    enrolment = (await active_enrolment(env, partner.id)).value
    program = await program_in_force(env, enrolment.program, on=env.today())
    day = enrolment.today(env.clock.now())
    found = await figures_of(env, partner.id, program, last_day=day)
    return TierProgress(
        enrolment=enrolment,
        program_id=program.id,
        program_number=program.number,
        levels=found.levels,
        day=day,
        as_of=found.as_of,
    )
