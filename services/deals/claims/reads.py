"""Looks claims up by facts about their customers, and gives ids to customers who are natural persons."""

from msgspec.structs import replace

from libs.ids import Ids
from libs.privacy.finding import with_any
from libs.store.listing import Sieve
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.customers import person_text
from services.deals.claims.domain.registration import NAME_START, Customer, Registration
from services.deals.settings import Env


def same_customer(customer: Customer, before: Customer | None, ids: Ids) -> Customer:
    """The customer, with an id if it is a natural person: its own, that of `before` if nothing else differs, or a new
    one; without an id if it is an organisation."""
    if not customer.natural_person:
        return replace(customer, person_id="")
    if customer.person_id:
        return customer
    if before is not None and customer == replace(before, person_id=""):
        return before
    return replace(customer, person_id=ids.new("psn"))


def with_facts(env: Env, *, name: str, registration_id: str, domain: str, indexed: bool) -> Sieve | None:
    """The claims on customers with these facts in their comparable forms; None if all are empty. name: how that of an
    organisation begins, or the whole name of a natural person, who is found by keyed hashes alone. indexed: whether the
    claims of all partners are looked up by the facts, in the order of their ids; else the listing reads those that pass
    its other filters one by one."""
    asked = {
        "registration": (registration_id, "customer.company_registration_id", registration_id),
        "domain": (domain, "customer.company_domain", domain),
        "name": (name, "customer.name_start", name[:NAME_START]),
    }
    given = [(field, *rest) for field, rest in asked.items() if rest[0]]
    if not given:
        return None
    field, value, facts, start = given[0]

    def has(reg: Registration) -> bool:
        found = reg.customer
        named = found.name_form == name if found.natural_person else found.name_form.startswith(name)
        return (
            (not name or named)
            and (not registration_id or found.bare_registration_id == registration_id)
            and (not domain or found.web_domain == domain)
        )

    keyed = {f"person_{field}_key": env.keys.keyed(person_text(field, value))}
    find = with_any(env.store, REGISTRATIONS, {facts: start}, keyed) if indexed else None
    return Sieve(has, "\0".join((registration_id, domain, name)), find)
