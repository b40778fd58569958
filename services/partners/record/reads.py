"""Loads and checks of partners that higher slices may use."""

from msgspec.structs import replace

from libs.call import Call
from libs.errors import Duplicate
from libs.privacy.finding import with_any
from libs.store.listing import Sieve, everything
from libs.store.port import ROWS_PER_PAGE, Query
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.duplicates import PossibleDuplicate, alike, telling_domain
from services.partners.record.domain.partner import NAME_START, Partner, number_text, trader_key, with_keys
from services.partners.settings import Env


async def refuse_duplicate(env: Env, partner: Partner, *, call: Call) -> None:
    """Duplicate if another partner that is not terminated or rejected has the registration id; only the vendor's users
    learn which partner."""
    if partner.registration_key is None:
        return
    for key in (partner.registration_key, number_text(partner)):  # of this release, and of an earlier one
        for other in await everything(env.store, PARTNERS, {"registration_key": key}):
            if other.id == partner.id:
                continue
            raise Duplicate("partner", "registration id", "" if call.caller.partner_id else other.id)


async def possible_duplicates(env: Env, partner: Partner, *, call: Call) -> tuple[PossibleDuplicate, ...]:
    """Other partners with the same name or domain, at most 20, from the first 200 with each; empty for users of a
    partner, who must not learn which other partners exist."""
    if call.caller.partner_id:
        return ()
    domain = telling_domain(partner.domain)
    keys = {
        "name_key": partner.name_key,
        "company_domain": domain,
        "trader_domain_key": env.keys.keyed(trader_key("domain", domain)) if domain else None,
    }
    found: list[Partner] = []
    for field, value in keys.items():
        if value:
            page = await env.store.find(Query(kind=PARTNERS, equals={field: value}, limit=ROWS_PER_PAGE))
            found += (loaded.value for loaded in page.rows)
    return alike(partner, found)


def with_facts(env: Env, *, name: str, registration_id: str, domain: str, by_id: bool) -> Sieve | None:
    """The partners with these facts in their comparable forms; None if all are empty. name: how that of a company
    begins, or the whole name of a sole trader, who is found by keyed hashes alone. by_id: whether the listing is
    ordered by id; in any other order it reads partners one by one."""
    asked = {
        "registration_id": (registration_id, "company_registration_id", registration_id, "trader_registration_key"),
        "domain": (domain, "company_domain", domain, "trader_domain_key"),
        "name": (name, "name_start", name[:NAME_START], "trader_name_key"),
    }
    given = [(field, *rest) for field, (value, *rest) in asked.items() if value]
    if not given:
        return None
    field, indexed, start, keyed = given[0]
    key = env.keys.keyed(trader_key(field, asked[field][0]))

    def has(partner: Partner) -> bool:
        named = partner.name_form == name if partner.sole_trader else partner.name_form.startswith(name)
        return (
            (not name or named)
            and (not registration_id or partner.registration_id == registration_id)
            and (not domain or partner.domain == domain)
        )

    find = with_any(env.store, PARTNERS, {indexed: start}, {keyed: key}) if by_id else None
    return Sieve(has, "\0".join((registration_id, domain, name)), find)


def completed(env: Env, partner: Partner) -> Partner:
    """The partner with its keys, and with a person id if it is a sole trader, else without one."""
    person_id = (partner.person_id or env.ids.new("psn")) if partner.sole_trader else ""
    return with_keys(replace(partner, person_id=person_id), env.keys.keyed)
