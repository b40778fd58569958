"""The override of a level, which needs a second person above a rank."""

from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from services.partners.settings import Env
from services.partners.tier_review.documents import ENROLMENTS
from services.partners.tier_review.domain.enrolment import Enrolment
from services.partners.tier_review.usecases.enrolments import OverrideTier, override_tier


async def is_high(env: Env, cmd: OverrideTier, enrolment: Enrolment) -> bool:
    """Whether the level of the override is above the rank that one person may give."""
    return enrolment.level is not None and enrolment.level.rank > env.settings.policy.tier_override_alone_up_to


FOUR_EYES = FourEyes(
    Guarded(
        method="/prm.partners.v1.ProgramService/OverrideTier",
        permission="partners.enrolment.override",
        kind=ENROLMENTS,
        command=OverrideTier,
        use_case=override_tier,
        needed=is_high,
        summary=lambda cmd, enrolment: (
            f"override the tier of {enrolment.partner_id}: {cmd.level} until {cmd.last_day}, {cmd.reason.value}"
        ),
    )
)
