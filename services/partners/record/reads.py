"""Loads and checks of partners that higher slices may use."""

from msgspec.structs import replace

from libs.call import Call
from libs.errors import Duplicate
from libs.store.listing import everything
from libs.store.port import ROWS_PER_PAGE, Query
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.duplicates import PossibleDuplicate, alike, telling_domain
from services.partners.record.domain.partner import Partner
from services.partners.settings import Env


async def refuse_duplicate(env: Env, partner: Partner, *, call: Call) -> None:
    """Duplicate if another partner that is not terminated or rejected has the registration id; only the vendor's users
    learn which partner."""
    if partner.registration_key is None:
        return
    for other in await everything(env.store, PARTNERS, {"registration_key": partner.registration_key}):
        if other.id != partner.id:
            raise Duplicate("partner", "registration id", "" if call.caller.partner_id else other.id)


async def possible_duplicates(env: Env, partner: Partner, *, call: Call) -> tuple[PossibleDuplicate, ...]:
    """Other partners with the same name or domain, at most 20, from the first 200 with each; empty for users of a
    partner, who must not learn which other partners exist."""
    if call.caller.partner_id:
        return ()
    keys = {"name_key": partner.name_key, "domain": telling_domain(partner.domain)}
    found: list[Partner] = []
    for field, value in keys.items():
        if value:
            page = await env.store.find(Query(kind=PARTNERS, equals={field: value}, limit=ROWS_PER_PAGE))
            found += (loaded.value for loaded in page.rows)
    return alike(partner, found)


def with_person_id(env: Env, partner: Partner) -> Partner:
    """The partner with a person id if it is a sole trader, else without one."""
    if not partner.sole_trader:
        return replace(partner, person_id="")
    return replace(partner, person_id=partner.person_id or env.ids.new("psn"))
