"""A customer who is a natural person: stored encrypted, found by keyed hashes, located by any alias."""

from typing import Any

import msgspec
from msgspec.structs import replace

from libs.person import Person
from libs.privacy.aliases import ALIASES, sought
from libs.privacy.masking import Mask
from libs.privacy.sealing.store import SealedStore
from libs.privacy.vault.tokens import is_token
from libs.store.codec import reader
from libs.store.listing import everything
from libs.store.port import get
from services.deals.claims import usecases
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Customer, Registration, RegistrationChanges
from tests.component.deals.harness import Harness

PERSON = Customer(
    legal_name="Quintessa Jablonska",
    country="DE",
    registration_id="QJ 4711",
    domain="https://www.quintessa.example/de",
    phone="030 492180",
    natural_person=True,
    trading_names=("Quintessas Nähstube", "Stoffe Jablonska"),
    address="Lindwurmgasse 7",
    postal_code="80337",
    city="Quinzhausen",
)
WORDS = ("uintessa", "jablonska", "qj4711", "qj 4711", "492180", "lindwurm", "80337", "quinzhausen", "nähstube")


async def found(harness: Harness, **asked: Any) -> list[str]:
    """The ids of the claims that a listing finds."""
    page = await harness.look(usecases.list_registrations, usecases.ListRegistrations, **asked)
    return [loaded.value.id for loaded in page.rows]


async def stored(harness: Harness, id: str) -> Registration:
    """The claim as the engine has it."""
    assert isinstance(harness.env.store, SealedStore)
    loaded = await get(harness.env.store.inner, REGISTRATIONS, id)
    assert loaded is not None
    return loaded.value


async def update(harness: Harness, reg: Registration, customer: Customer) -> Registration:
    """The claim with another customer."""
    changes = RegistrationChanges(customer=customer)
    return await harness.run(usecases.update_registration, usecases.UpdateRegistration, id=reg.id, changes=changes)


async def test_neither_the_document_nor_an_index_has_a_fact_about_the_person_in_clear(harness: Harness) -> None:
    await harness.partner()
    reg = await harness.draft(customer=PERSON)
    kept = await stored(harness, reg.id)
    one = kept.customer
    facts = (one.legal_name, one.registration_id, one.domain, one.phone, one.address, one.postal_code, one.city)
    assert all(map(is_token, (*facts, *one.trading_names)))
    text = f"{msgspec.json.encode(kept).decode()} {reader(REGISTRATIONS)(kept)}".lower()
    assert [word for word in WORDS if word in text] == []


async def test_a_person_is_found_by_whole_values_beside_organisations(harness: Harness) -> None:
    await harness.partner()
    person = await harness.draft(customer=PERSON)
    named = {"natural_person": False, "legal_name": "Quintessa Jablonska GmbH"}
    company = await harness.draft(customer=replace(PERSON, **named))
    both = [person.id, company.id]
    assert await found(harness, customer_name="Quintessa Jablonska") == both
    assert await found(harness, customer_name="quintessa") == [company.id]
    assert await found(harness, customer_registration_id="qj-4711") == both
    assert await found(harness, customer_domain="quintessa.example", order_by="update_time desc") == both[::-1]
    assert await found(harness, customer_domain="quintessa.example", customer_name="jablonska") == []


async def test_the_person_keeps_its_id_until_it_becomes_somebody_else(harness: Harness) -> None:
    await harness.partner()
    reg = await harness.draft(customer=PERSON)
    who = reg.customer.person_id
    assert who
    same = await update(harness, reg, PERSON)
    assert (same.customer, same.version) == (reg.customer, reg.version)
    other = await update(harness, reg, replace(PERSON, legal_name="Another Person"))
    assert other.customer.person_id not in ("", who)
    company = await update(harness, reg, replace(other.customer, natural_person=False))
    assert (company.customer.person_id, company.person_name_key) == ("", None)
    assert await found(harness, customer_name="another") == [reg.id]


async def test_the_person_is_located_by_phone_and_id_and_not_shown_to_others(harness: Harness) -> None:
    await harness.partner()
    sales = Person(name="Sales Person", email="sales@example.org")
    reg = await harness.draft(customer=PERSON, sales_contact=sales)
    who = reg.customer.person_id
    for alias in (Person(phone="+49 30 492180"), Person(person_id=who)):
        rows = [
            row.row
            for one in sought(harness.env.keys, alias, "DE")
            for row in await everything(harness.env.store, ALIASES, {"hash": one})
        ]
        assert rows == [reg.id]
    theirs = Mask(lambda one: one.email == sales.email)
    text = msgspec.json.encode(theirs.row(reg, None, ())).decode().lower()
    assert [word for word in WORDS if word in text] == []
    own = Mask(lambda one: one.person_id == who)
    assert msgspec.convert(own.row(reg, None, ())["customer"], Customer) == reg.customer
