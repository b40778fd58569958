"""Loaders and writes of partners that higher slices may use."""

from msgspec.structs import replace

from libs.call import Call
from libs.errors import Duplicate
from libs.store.listing import everything
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.settings import Env


async def refuse_duplicate(env: Env, partner: Partner, *, call: Call) -> None:
    """DUPLICATE if another partner that has not ended has the registration id; the error names that partner only to
    the vendor's people."""
    if partner.registration_key is None:
        return
    for other in await everything(env.store, PARTNERS, {"registration_key": partner.registration_key}):
        if other.id != partner.id:
            raise Duplicate("partner", "registration id", "" if call.caller.partner_id else other.id)


def with_person_id(env: Env, partner: Partner) -> Partner:
    """The partner with a person id if it is a sole trader, else without one."""
    if not partner.sole_trader:
        return replace(partner, person_id="")
    return replace(partner, person_id=partner.person_id or env.ids.new("psn"))
