"""Composes a partner with the reports of other services and its possible duplicates."""

from typing import NamedTuple

from libs.call import Command
from services.partners.facts.domain.activity import PartnerActivity
from services.partners.facts.reads import activity_of, downline_activity_of
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.duplicates import PossibleDuplicate
from services.partners.record.domain.partner import Partner
from services.partners.record.reads import possible_duplicates
from services.partners.settings import Env


class GetPartner(Command, frozen=True, kw_only=True):
    """Show one partner."""

    id: str


class PartnerOverview(NamedTuple):
    """A partner, its activity and that of its downline. downline_activity: None for users of the partner whose
    agreement does not let them see the downline. possible_duplicates: empty for users of a partner."""

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
