"""A partner with what the other services report of it."""

from typing import NamedTuple

from libs.call import Command
from services.partners.activity.domain import PartnerActivity
from services.partners.activity.reads import activity_of, downline_activity_of
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.duplicates import PossibleDuplicate
from services.partners.record.domain.partner import Partner
from services.partners.record.reads import possible_duplicates
from services.partners.settings import Env


class GetPartner(Command, frozen=True, kw_only=True):
    """Look one up."""

    id: str


class PartnerOverview(NamedTuple):
    """A partner, and what the other services report of it and of everybody below it. downline_activity: None for its
    own people where their agreement does not open it to them. possible_duplicates: none for a partner's people."""

    partner: Partner
    activity: PartnerActivity
    downline_activity: PartnerActivity | None
    possible_duplicates: tuple[PossibleDuplicate, ...]


async def get_partner(env: Env, cmd: GetPartner) -> PartnerOverview:
    """The partner as it is now."""
    partner = await env.show(PARTNERS, cmd.id, call=cmd.call)
    closed = cmd.call.caller.partner_id == partner.id and not partner.sees_downline
    below = None if closed else await downline_activity_of(env, cmd.id)
    duplicates = await possible_duplicates(env, partner, call=cmd.call)
    return PartnerOverview(partner, await activity_of(env, cmd.id), below, duplicates)
