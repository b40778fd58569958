"""What a cell states to the others."""

import msgspec

from libs.partner import PartnerStatus


class OrganisationStated(msgspec.Struct, frozen=True, kw_only=True):
    """The facts about an organisation after a change; empty ones if it is not listed any more."""

    organisation_id: str
    legal_name: str
    status: PartnerStatus
    tier: str
    country: str
    listed: bool
