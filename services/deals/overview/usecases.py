"""A claim with its deadline and what its partner took back."""

from typing import NamedTuple

from libs.call import Command
from libs.deadlines import Deadline
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.conflicts.reads.accounts import claims_taken_back
from services.deals.review.reads import decision_deadline
from services.deals.settings import Env


class GetRegistration(Command, frozen=True, kw_only=True):
    """Look one up."""

    id: str


class RegistrationOverview(NamedTuple):
    """A claim; why its decision is due when it is, None where no clock runs; how many claims its partner took back."""

    registration: Registration
    decision_deadline: Deadline | None
    claims_taken_back: int


async def get_registration(env: Env, cmd: GetRegistration) -> RegistrationOverview:
    """The claim as it is now."""
    reg = await env.show(REGISTRATIONS, cmd.id, call=cmd.call)
    return RegistrationOverview(reg, decision_deadline(env, reg), await claims_taken_back(env, reg))
