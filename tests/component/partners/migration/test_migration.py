"""Partners come over as they stand elsewhere, once, with their persons; a row that cannot be is refused with why."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from libs.country import Cell, Directory, RegistrationIdType
from libs.errors import Duplicate, InvalidInput, StoreUnavailable
from libs.imports import ExternalIdTaken, Imported, PartnerNotYetKnown
from libs.partner import PartnerStatus
from libs.pb.prm.partners import v1 as pb
from libs.person import Person, PostalAddress
from libs.privacy.aliases import ALIASES, hashes, sought
from libs.privacy.keys import Keys
from libs.privacy.ledger.gate import PersonErased
from libs.privacy.sealing.store import SealedStore
from libs.store.listing import everything
from libs.store.port import Query, Store
from services.partners.application.usecases import transitions
from services.partners.contacts import usecases as contacts
from services.partners.contacts.documents import CONTACT_TOTALS, CONTACTS
from services.partners.contacts.domain import ContactRole
from services.partners.hierarchy.domain import ParentNotDistributor
from services.partners.migration import usecases as migration
from services.partners.migration.usecases import ImportedContact
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import NAME_RULES, Partner
from services.partners.record.domain.states import PartnerKind, StatusReason
from tests.builders import NOW
from tests.component.partners.harness import VAT_NUMBERS, Harness, a_profile
from tests.store_faults import FailingCommits

S = PartnerStatus
VAT = RegistrationIdType.VAT
LONG_AGO = NOW - timedelta(days=4_000)


def person(number: int) -> ImportedContact:
    """Somebody who works for the partner; said to do so twice."""
    return ImportedContact(
        person=Person(name=f"Person {number}", email=f"p{number}@example.org", phone=f"+4930901{number:03}"),
        roles=(ContactRole.SALES, ContactRole.BILLING, ContactRole.SALES),
    )


async def take(
    harness: Harness, external_id: str = "R-1", *, profile: dict[str, Any] | None = None, **fields: Any
) -> Imported:
    """Import a row; the same fields make the same row."""
    row = {"external_source": "erp", "external_id": external_id, "status": S.ACTIVE, **fields}
    row["profile"] = a_profile(**profile or {})
    return await harness.run(
        migration.import_partner, migration.ImportPartner, **row, row_hash=msgspec.json.encode(row).decode()
    )


async def test_a_partner_comes_over_in_its_state_with_its_history_and_one_event(harness: Harness) -> None:
    done = await take(
        harness,
        profile={"registration_id": VAT_NUMBERS[0], "registration_id_type": VAT, "domain": "www.acme.example"},
        status=S.SUSPENDED,
        status_reason=StatusReason.INACTIVE,
        tier="GOLD",
        tier_rank=3,
        apply_time=LONG_AGO,
        activate_time=LONG_AGO + timedelta(days=9),
    )
    partner = await harness.value(PARTNERS, done.id)
    assert done == Imported(partner.id, fresh=True)
    assert partner == Partner(
        id=partner.id,
        version=1,
        kind=PartnerKind.RESELLER,
        legal_name="Zweirad Union",
        country="DE",
        registration_id=VAT_NUMBERS[0],
        registration_id_type=VAT,
        domain="acme.example",
        status=S.SUSPENDED,
        status_reason=StatusReason.INACTIVE,
        tier="GOLD",
        tier_rank=3,
        registration_key=harness.env.keys.keyed(f"DE:VAT:{VAT_NUMBERS[0]}"),
        external_source="erp",
        external_id="R-1",
        imported_as=partner.imported_as,
        apply_time=LONG_AGO,
        activate_time=LONG_AGO + timedelta(days=9),
        create_time=LONG_AGO,
        update_time=NOW,
        name_key=partner.name_key,
        name_rules=NAME_RULES,
    )
    facts = pb.PartnerFacts(
        status=pb.PARTNER_STATUS_SUSPENDED,
        kind=pb.PARTNER_KIND_RESELLER,
        country="DE",
        tier="GOLD",
        tier_rank=3,
        external_source="erp",
        external_id="R-1",
    )
    assert harness.events() == [("PartnerImported", 1, pb.PartnerImported(partner_id=partner.id, facts=facts))]


async def test_the_same_row_again_changes_nothing_even_after_the_partner_has_changed(harness: Harness) -> None:
    first = await take(harness, contacts=(person(1),))
    changed = await harness.update(first.id, trade_name="ZU")
    harness.events()
    assert await take(harness, contacts=(person(1),)) == Imported(first.id, fresh=False)
    assert await harness.value(PARTNERS, first.id) == changed
    assert harness.events() == []
    with pytest.raises(ExternalIdTaken) as refused:
        await take(harness, contacts=(person(2),))
    assert refused.value.metadata == {"id": first.id}


async def test_a_row_that_is_sent_many_times_at_once_becomes_one_partner(store: Store, keys: Keys) -> None:
    harnesses = [Harness(store, keys) for _ in range(2)]
    done = await asyncio.gather(*(take(harnesses[place % 2], contacts=(person(1),)) for place in range(10)))
    assert len({one.id for one in done}) == 1
    assert [one.fresh for one in done].count(True) <= 1
    assert len((await store.find(Query(kind=CONTACTS))).rows) == 1


async def test_a_parent_that_is_not_there_yet_is_waited_for(harness: Harness) -> None:
    with pytest.raises(PartnerNotYetKnown) as refused:
        await take(harness, "R-2", parent_external_id="D-1")
    assert refused.value.metadata == {"kind": "partner", "id": "erp:D-1"}
    parent = await take(harness, "D-1", profile={"kind": PartnerKind.DISTRIBUTOR})
    child = await take(harness, "R-2", parent_external_id="D-1")
    assert (await harness.value(PARTNERS, child.id)).parent_partner_id == parent.id
    with pytest.raises(ParentNotDistributor):
        await take(harness, "R-3", parent_external_id="R-2")


async def test_everything_that_is_wrong_with_a_row_is_named(store: Store, keys: Keys) -> None:
    here = Cell(code="de", countries=("DE",), time_zone="Europe/Berlin", currency="EUR")
    wrong: dict[str, Any] = {
        "profile": {
            "legal_name": " ",
            "country": "FR",
            "registration_id": "123",
            "registration_id_type": RegistrationIdType.SIREN,
            "domain": "intranet",
            "phone": "-",
            "address": PostalAddress(country="DE"),
        },
        "parent_external_id": "R-1",
        "status": S.VETTING,
        "status_reason": StatusReason.OTHER,
        "tier": "GOLD",
        "apply_time": NOW,
        "activate_time": LONG_AGO,
        "contacts": (person(1), ImportedContact(person=Person(email="x@example.org"), roles=(ContactRole.SALES,))),
    }
    with pytest.raises(InvalidInput) as refused:
        await take(Harness(store, keys, directory=Directory(here)), **wrong)
    assert sorted((one.field, one.reason) for one in refused.value.violations) == [
        ("activate_time", "DATES_OUT_OF_ORDER"),
        ("activate_time", "NOT_WITH_STATUS"),
        ("address.country", "OTHER_COUNTRY"),
        ("contacts[1].person.name", "REQUIRED"),
        ("country", "WRONG_CELL"),
        ("domain", "NOT_A_DOMAIN"),
        ("legal_name", "REQUIRED"),
        ("parent_external_id", "HIERARCHY_CYCLE"),
        ("phone", "NOT_A_PHONE_NUMBER"),
        ("registration_id", "BAD_REGISTRATION_ID"),
        ("status_reason", "NOT_WITH_STATUS"),
        ("tier", "NOT_WITH_STATUS"),
        ("tier_rank", "REQUIRED_TOGETHER"),
    ]
    assert (await store.find(Query(kind=PARTNERS))).rows == []


async def test_a_row_is_told_which_country_is_none_and_which_is_another_cells(store: Store, keys: Keys) -> None:
    here = Cell(code="de", countries=("DE",), time_zone="Europe/Berlin", currency="EUR")
    living = [
        ImportedContact(person=Person(name="Ada", address=PostalAddress(country=country)), roles=(ContactRole.SALES,))
        for country in ("DE", "FR", "XZ")
    ]
    with pytest.raises(InvalidInput) as refused:
        await take(Harness(store, keys, directory=Directory(here)), profile={"country": "XZ"}, contacts=tuple(living))
    assert sorted((one.field, one.reason) for one in refused.value.violations) == [
        ("contacts[1].person.address.country", "WRONG_CELL"),
        ("contacts[2].person.address.country", "UNKNOWN_COUNTRY"),
        ("country", "UNKNOWN_COUNTRY"),
    ]


async def test_times_in_the_future_are_refused(harness: Harness) -> None:
    with pytest.raises(InvalidInput) as refused:
        await take(harness, apply_time=NOW + timedelta(days=1))
    assert refused.value.violations[0][::2] == ("apply_time", "DATES_OUT_OF_ORDER")


async def test_a_registration_id_that_is_taken_refuses_the_row_unless_either_has_ended(harness: Harness) -> None:
    number = {"registration_id": VAT_NUMBERS[0], "registration_id_type": VAT}
    first = await take(harness, profile=number)
    with pytest.raises(Duplicate) as refused:
        await take(harness, "R-2", profile=number)
    assert refused.value.metadata["id"] == first.id
    assert (await take(harness, "R-3", profile=number, status=S.TERMINATED)).fresh
    await harness.run(
        transitions.terminate_partner, transitions.TerminatePartner, id=first.id, status_reason=StatusReason.OTHER
    )
    assert (await take(harness, "R-2", profile=number)).fresh


@pytest.mark.parametrize("count", [1, 20, 21, 50])
async def test_the_persons_of_a_row_become_contacts_however_many_there_are(harness: Harness, count: int) -> None:
    done = await take(harness, contacts=tuple(person(number) for number in range(count)))
    rows = await everything(harness.env.store, CONTACTS, {"partner_id": done.id})
    assert sorted(one.person.email for one in rows) == sorted(f"p{number}@example.org" for number in range(count))
    assert {one.roles for one in rows} == {(ContactRole.SALES, ContactRole.BILLING)}
    totals = await harness.value(CONTACT_TOTALS, done.id)
    assert (totals.count, totals.imported, totals.primary_id) == (count, count, "")
    for alias in hashes(harness.env.keys, Person(email="p0@example.org", phone="+4930901000")):
        assert [one.kind for one in await everything(harness.env.store, ALIASES, {"hash": alias})] == ["contact"]
    assert [name for name, _, _ in harness.events()] == ["PartnerImported"]


async def test_persons_left_out_by_a_crash_come_with_the_same_row_again(store: Store, keys: Keys) -> None:
    failing = FailingCommits(store)
    harness = Harness(failing, keys)
    contacts = tuple(person(number) for number in range(45))
    failing.lose_next_answer(StoreUnavailable("gone"))
    with pytest.raises(StoreUnavailable):
        await take(harness, contacts=contacts)
    assert len((await store.find(Query(kind=CONTACTS, limit=200))).rows) == 20
    done = await take(harness, contacts=contacts)
    assert not done.fresh
    rows = await everything(store, CONTACTS, {"partner_id": done.id})
    assert sorted(one.person.name for one in rows) == sorted(one.person.name for one in contacts)


async def test_a_contact_that_was_removed_does_not_come_back_with_the_same_row(harness: Harness) -> None:
    done = await take(harness, contacts=(person(1), person(2)))
    [gone, kept] = await everything(harness.env.store, CONTACTS, {"partner_id": done.id})
    await harness.run(contacts.remove_contact, contacts.RemoveContact, id=gone.id)
    await take(harness, contacts=(person(1), person(2)))
    assert await everything(harness.env.store, CONTACTS, {"partner_id": done.id}) == (kept,)


async def _erase(harness: Harness, person: Person) -> None:
    """The person was erased here."""
    store = harness.env.store
    assert isinstance(store, SealedStore)
    await store.ledger.suppress(sought(harness.env.keys, person, "DE"), "dsr_local_1")


async def test_no_update_brings_back_a_contact_who_was_erased(harness: Harness) -> None:
    done = await take(harness, contacts=())
    await _erase(harness, person(1).person)
    with pytest.raises(PersonErased):
        await take(harness, contacts=(person(1),), profile={"trade_name": "Acme"})
    assert not await everything(harness.env.store, CONTACTS, {"partner_id": done.id})


@pytest.mark.parametrize("phone", ["+49 30 901001", "030 901001"])
async def test_no_row_brings_back_a_sole_trader_who_was_erased(harness: Harness, phone: str) -> None:
    trader = {"sole_trader": True, "country": "DE"}
    done = await take(harness, profile=trader)
    await _erase(harness, Person(phone="+4930901001"))
    for external_id in ("R-1", "R-2"):
        with pytest.raises(PersonErased):
            await take(harness, external_id, profile={**trader, "phone": phone})
    assert (await harness.value(PARTNERS, done.id)).version == 1
