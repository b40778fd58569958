"""A customer who is a natural person: stored encrypted, one record by its id alone, and gone once erased."""

import msgspec
from msgspec.structs import replace

from libs.erasing import EraseSubject, ErasureAsked, erase_subject, seal_hashes
from libs.person import Person
from libs.privacy.aliases import ALIASES, sought
from libs.privacy.sealing.store import SealedStore
from libs.store.codec import reader
from libs.store.listing import everything
from libs.store.port import Query, get
from libs.store.requests import RECORDS, RequestRecord
from services.deals.claims.documents import REGISTRATIONS
from services.deals.customers.documents import CUSTOMERS
from services.deals.customers.jobs import propose
from services.deals.customers.reads import proposals_of
from services.deals.service import COMPOSITION
from tests.builders import NOW, a_call, an_id
from tests.component.deals.claims.test_natural_persons import PERSON, WORDS, found
from tests.component.deals.customers.telling import history, listed, settle
from tests.component.deals.harness import PARTNER, RIVAL, Harness

WHO = replace(PERSON, person_id=an_id("psn"), registration_id="")


async def erase(harness: Harness) -> None:
    """The person is erased, as compliance asks."""
    kinds = tuple(one for one in COMPOSITION.kinds if one.persons is not None)
    name = await seal_hashes(
        harness.env, an_id("dsr"), 1, sought(harness.env.keys, Person(person_id=an_id("psn")), "DE")
    )
    asked = ErasureAsked(case_id=an_id("dsr"), round=1, object_name=name)
    await erase_subject(harness.env, EraseSubject(call=a_call(), asked=asked, kinds=kinds))


async def test_nothing_of_the_person_is_stored_in_clear_and_every_record_is_located(harness: Harness) -> None:
    await harness.submit(await harness.draft(customer=WHO))
    await settle(harness)
    rows = [*await listed(harness), *await listed(harness, PARTNER)]
    assert isinstance(harness.env.store, SealedStore)
    for row in rows:
        kept = await get(harness.env.store.inner, CUSTOMERS, row.id)
        assert kept is not None
        text = f"{msgspec.json.encode(kept.value).decode()} {reader(CUSTOMERS)(kept.value)}".lower()
        assert [word for word in WORDS if word in text] == []
    for alias in (Person(phone="+49 30 492180"), Person(person_id=an_id("psn"))):
        found = {
            row.row
            for one in sought(harness.env.keys, alias, "DE")
            for row in await everything(harness.env.store, ALIASES, {"hash": one})
        }
        assert found >= {row.id for row in rows}


async def test_persons_are_one_customer_by_their_id_and_are_otherwise_proposed(harness: Harness) -> None:
    for partner, customer in ((PARTNER, WHO), (RIVAL, WHO), (RIVAL, replace(WHO, person_id=an_id("psn", 2)))):
        await harness.submit(await harness.draft(partner, customer=customer))
    await settle(harness)
    one, other = await listed(harness, customer_name="Quintessa Jablonska")
    assert sorted([len(await history(harness, row.id)) for row in (one, other)]) == [1, 2]
    await propose(harness.env)
    assert len(await proposals_of(harness.env, one.id)) == 1


async def test_an_erased_customer_leaves_no_hash_in_a_claim_and_no_answer_of_one(harness: Harness) -> None:
    reg = await harness.submit(await harness.draft(customer=WHO), request_id="11111111-1111-4111-8111-111111111111")
    assert (reg.person_name_key, reg.person_domain_key) != (None, None)
    await erase(harness)
    assert await found(harness, customer_name="Quintessa Jablonska") == []
    kept = [await harness.value(REGISTRATIONS, reg.id), *[one.answer for one in await recorded(harness)]]
    text = msgspec.json.encode(kept).decode()
    assert [one for one in (reg.person_name_key, reg.person_domain_key) if str(one) in text] == []


async def recorded(harness: Harness) -> list[RequestRecord]:
    """The answers that are recorded for repetitions."""
    assert isinstance(harness.env.store, SealedStore)
    rows = (await harness.env.store.inner.find(Query(kind=RECORDS))).rows
    assert rows
    return [one.value for one in rows]


async def test_an_erased_person_is_found_no_more_and_the_history_stays(harness: Harness) -> None:
    reg = await harness.submit(await harness.draft(customer=WHO))
    await settle(harness)
    (row,) = await listed(harness)
    await erase(harness)
    assert await listed(harness, customer_name="Quintessa Jablonska") == []
    assert await listed(harness, PARTNER, customer_domain="quintessa.example") == []
    (left,) = await listed(harness)
    assert (left.id, left.name_key, left.domain_key) == (row.id, None, None)
    assert [word for word in WORDS if word in msgspec.json.encode(left).decode().lower()] == []
    assert await history(harness, row.id) == [reg.id]
    assert row.create_time == NOW
