"""The use case that reads a claim with its decision deadline and the number of claims its partner took back."""

from typing import NamedTuple

from libs.call import Command
from libs.cross_checks.domain import CellCheck
from libs.deadlines import Deadline
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.conflicts.reads.abroad import DUPLICATES
from services.deals.conflicts.reads.accounts import claims_taken_back
from services.deals.review.reads import decision_deadline
from services.deals.settings import Env


class GetRegistration(Command, frozen=True, kw_only=True):
    """Get one claim."""

    id: str


class RegistrationOverview(NamedTuple):
    """A claim; the explained deadline of its decision, None if it has no decision clock; how many claims its partner
    took back within the policy's window; what other cells know of the customer, for the vendor's people."""

    registration: Registration
    decision_deadline: Deadline | None
    claims_taken_back: int
    cells: tuple[CellCheck, ...]


async def get_registration(env: Env, cmd: GetRegistration) -> RegistrationOverview:
    """The claim, its deadline and the number of claims taken back, as of now."""
    reg = await env.show(REGISTRATIONS, cmd.id, call=cmd.call)
    cells = () if cmd.call.caller.partner_id else await DUPLICATES.states(env, reg.id)
    return RegistrationOverview(reg, decision_deadline(env, reg), await claims_taken_back(env, reg), cells)
