"""Whoever is erased while a file is imported does not come back with it: not in a new claim, nor by an update."""

from typing import Any

import pytest
from msgspec.structs import replace

from libs.pb.prm.common.v1 import person_pb2
from libs.pb.prm.deals import v1 as pb
from libs.person import Person
from libs.privacy.ledger.gate import PersonErased
from libs.store.port import Query
from services.deals.claims import usecases as drafts
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Customer, RegistrationChanges
from services.deals.service import COMPOSITION
from tests.component.deals.claims.test_natural_persons import PERSON
from tests.component.deals.harness import Harness
from tests.component.deals.migration.test_imports import REFUSED, _row, _take
from tests.component.erasing import erase, meanwhile

ANNA = Person(name="Anna", email="anna@example.org")
QUINTESSA = Person(phone="+49 30 492180")


async def update(harness: Harness, id: str, **changes: Any) -> None:
    """What an import with updates asks for after its rows were looked at."""
    fields = {"id": id, "changes": RegistrationChanges(**changes), "refuse_erased": True}
    await harness.run(drafts.update_registration, drafts.UpdateRegistration, **fields)


@pytest.mark.parametrize(
    ("who", "fields"),
    [
        (ANNA, {"sales_contact": person_pb2.Person(name="Anna", email="anna@example.org")}),
        (QUINTESSA, {"customer": pb.Customer(legal_name="Q", country="DE", phone="030 492180", natural_person=True)}),
    ],
    ids=["contact", "customer"],
)
async def test_a_person_who_is_erased_before_the_commit_is_not_imported(
    harness: Harness, who: Person, fields: dict[str, Any]
) -> None:
    meanwhile(harness).before_commit(lambda: erase(harness, COMPOSITION, who))
    [refused] = await _take(harness, _row(1, **fields))
    assert (refused.outcome, [one.reason for one in refused.problems]) == (REFUSED, ["PERSON_ERASED"])
    assert not (await harness.env.store.find(Query(kind=REGISTRATIONS))).rows


@pytest.mark.parametrize("field", ["customer_contact", "sales_contact"])
async def test_no_update_of_a_file_brings_back_a_contact(harness: Harness, field: str) -> None:
    await harness.partner()
    reg = await harness.draft()
    meanwhile(harness).before_commit(lambda: erase(harness, COMPOSITION, ANNA))
    for _ in ("before the commit", "before the call"):
        with pytest.raises(PersonErased):
            await update(harness, reg.id, **{field: ANNA})
    assert getattr(await harness.value(REGISTRATIONS, reg.id), field) is None


@pytest.mark.parametrize("customer", [PERSON, replace(PERSON, phone="")], ids=["", "name alone"])
async def test_no_update_of_a_file_brings_back_a_customer(harness: Harness, customer: Customer) -> None:
    await harness.partner()
    reg = await harness.draft(customer=PERSON)
    meanwhile(harness).before_commit(lambda: erase(harness, COMPOSITION, QUINTESSA))
    for _ in ("before the commit", "before the call"):
        with pytest.raises(PersonErased):
            await update(harness, reg.id, customer=replace(customer, domain="other.example"))
    assert (await harness.value(REGISTRATIONS, reg.id)).customer.legal_name == ""
