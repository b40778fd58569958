"""A consent counts from the moment it is given until the moment it is withdrawn, under every alias of the person."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec.structs import replace

from libs.errors import Duplicate, EtagMismatch, InvalidInput, NotFound, WrongState
from libs.person import Person
from libs.store.port import Query, create
from services.compliance.consent.documents import CONSENTS
from services.compliance.consent.domain.states import ConsentState, LawfulBasis
from services.compliance.consent.usecases.consents import (
    GetConsentReceipt,
    ListConsents,
    get_consent_receipt,
    list_consents,
)
from services.compliance.requests.domain.request import AliasField, SubjectAlias
from tests.builders import a_call
from tests.component.compliance.consent.acts import ADA, check, give, publish, put, withdraw
from tests.component.compliance.harness import Harness


@pytest.fixture(autouse=True)
async def newsletter(harness: Harness) -> None:
    """The purpose and a notice."""
    await put(harness)
    await publish(harness)
    harness.names()


async def test_a_withdrawal_takes_effect_at_once(harness: Harness) -> None:
    assert (await check(harness, "ada@example.org")).given is False
    consent = await give(harness)
    found = await check(harness, " ADA@example.org")
    assert (found.given, found.consent_id, found.lawful_basis) == (True, consent.id, LawfulBasis.CONSENT)
    await withdraw(harness, consent)
    assert (await check(harness, "ada@example.org")).given is False
    assert harness.names() == ["ConsentGiven", "ConsentWithdrawn"]
    with pytest.raises(WrongState):
        await withdraw(harness, consent)
    harness.clock.advance(timedelta(seconds=1))
    assert (await give(harness)).id != consent.id
    assert (await check(harness, "ada@example.org")).given is True


async def test_an_event_has_nothing_of_the_person(harness: Harness) -> None:
    consent = await give(harness, Person(name="Ada Ling", email="ada@example.org", phone="+4930901820"))
    await withdraw(harness, consent)
    for told in harness.told:
        for personal in (b"ada", b"Ling", b"901820", consent.person.person_id.encode()):
            assert personal not in told.body


async def test_the_same_consent_again_changes_nothing_and_another_notice_replaces_it(harness: Harness) -> None:
    first = await give(harness)
    assert await give(harness) == first
    await publish(harness, "2026-04", text="Wir schreiben mehr.")
    harness.clock.advance(timedelta(days=1))
    later = await give(harness, notice_version="2026-04")
    assert (await harness.value(CONSENTS, first.id)).state is ConsentState.REPLACED
    assert (await check(harness, "ada@example.org")).consent_id == later.id
    assert harness.names() == ["ConsentGiven", "PrivacyNoticePublished", "ConsentGiven", "ConsentReplaced"]


async def test_a_later_consent_counts_also_if_it_is_recorded_with_an_earlier_time(harness: Harness) -> None:
    await give(harness)
    await publish(harness, "2026-04", text="Wir schreiben mehr.")
    harness.clock.advance(timedelta(days=2))
    hours_ago = harness.clock.now() - timedelta(hours=5)
    later = await give(harness, notice_version="2026-04", give_time=hours_ago)
    found = await check(harness, "ada@example.org")
    assert (found.given, found.consent_id) == (True, later.id)


async def test_one_at_a_switchboard_neither_replaces_nor_withdraws_the_consent_of_another(harness: Harness) -> None:
    phone = "+4930901820"
    ada = await give(harness, Person(email="ada@example.org", phone=phone))
    harness.clock.advance(timedelta(seconds=1))
    bernd = await give(harness, Person(email="bernd@example.org", phone=phone))
    harness.clock.advance(timedelta(seconds=1))
    await withdraw(harness, bernd)
    assert (await harness.value(CONSENTS, ada.id)).state is ConsentState.GIVEN
    assert (await check(harness, "ada@example.org")).given is True
    assert (await check(harness, "bernd@example.org")).given is False
    assert (await check(harness, phone, "PHONE")).given is False, "the latest decision under the number"


async def test_a_withdrawal_ends_also_what_was_given_at_the_same_moment(harness: Harness) -> None:
    """Two calls that did not see each other left two consents."""
    first = await give(harness)
    twin = replace(first, id=harness.env.ids.new("cns"))
    await harness.env.commit(create(CONSENTS, twin), call=a_call())
    harness.names()
    await withdraw(harness, first)
    assert (await harness.value(CONSENTS, twin.id)).state is ConsentState.WITHDRAWN
    assert (await check(harness, "ada@example.org")).given is False
    assert harness.names() == ["ConsentWithdrawn", "ConsentWithdrawn"]


async def test_a_consent_ends_by_itself(harness: Harness) -> None:
    await give(harness, expire_time=harness.clock.now() + timedelta(days=1))
    assert (await check(harness, "ada@example.org")).given is True
    harness.clock.advance(timedelta(days=1))
    assert (await check(harness, "ada@example.org")).given is False


async def test_a_purpose_on_another_basis_needs_no_consent_and_takes_none(harness: Harness) -> None:
    await put(harness, code="contract", lawful_basis=LawfulBasis.CONTRACT)
    found = await check(harness, "ada@example.org", purpose="contract")
    assert (found.lawful_basis, found.given, found.consent_id) == (LawfulBasis.CONTRACT, False, "")
    with pytest.raises(NotFound):
        await check(harness, "ada@example.org", purpose="unknown")


WRONG: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"purpose_code": "unknown"}, [("purpose_code", "UNKNOWN_PURPOSE"), ("notice_version", "UNKNOWN_NOTICE")]),
    ({"purpose_code": "contract"}, [("purpose_code", "NOT_BASED_ON_CONSENT"), ("notice_version", "UNKNOWN_NOTICE")]),
    ({"language": "fr"}, [("notice_version", "UNKNOWN_NOTICE")]),
    ({"person": Person(name="Nobody")}, [("person", "NO_ALIAS")]),
]


@pytest.mark.parametrize(("fields", "wrong"), WRONG)
async def test_every_fault_is_named_and_nothing_is_recorded(
    harness: Harness, fields: dict[str, Any], wrong: list[tuple[str, str]]
) -> None:
    await put(harness, code="contract", lawful_basis=LawfulBasis.CONTRACT)
    with pytest.raises(InvalidInput) as refused:
        await give(harness, **fields)
    assert [(one.field, one.reason) for one in refused.value.violations] == wrong
    assert (await harness.env.store.find(Query(kind=CONSENTS))).rows == []


async def test_times_in_the_future_and_out_of_order_are_named(harness: Harness) -> None:
    tomorrow = harness.clock.now() + timedelta(days=1)
    with pytest.raises(InvalidInput) as refused:
        await give(harness, give_time=tomorrow, expire_time=tomorrow)
    assert [one.reason for one in refused.value.violations] == ["IN_THE_FUTURE", "TIMES_OUT_OF_ORDER"]
    for field, value, reason in (
        ("EMAIL", "Ada", "NO_EMAIL"),
        ("PHONE", "x", "NO_PHONE"),
        ("PERSON_ID", " ", "NO_PERSON_ID"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await check(harness, value, field)
        assert [one.reason for one in refused.value.violations] == [reason]


async def test_consents_are_listed_by_person_purpose_and_state(harness: Harness) -> None:
    ada, bernd = await give(harness), await give(harness, Person(email="bernd@example.org"))
    await withdraw(harness, bernd)
    alias = SubjectAlias(field=AliasField.EMAIL, value="ada@EXAMPLE.org")
    for filters, expected in (
        ({}, [ada.id, bernd.id]),
        ({"alias": alias}, [ada.id]),
        ({"alias": alias, "state": ConsentState.WITHDRAWN}, []),
        ({"purpose_code": "newsletter", "state": ConsentState.WITHDRAWN}, [bernd.id]),
        ({"purpose_code": "other"}, []),
    ):
        page = await harness.look(list_consents, ListConsents, **filters)
        assert [one.value.id for one in page.rows] == expected, filters


async def test_the_export_of_a_person_has_their_consents(harness: Harness) -> None:
    await give(harness)
    request = await harness.search(await harness.ask(("EMAIL", "ada@example.org")))
    counts = {one.kind: one.rows for answer in request.present_answers for one in answer.counts}
    assert counts["consent"] == 1


async def test_a_receipt_is_verified_with_the_public_key_alone_and_no_changed_byte_is(harness: Harness) -> None:
    consent = await give(harness, ADA)
    made = await harness.look(get_consent_receipt, GetConsentReceipt, id=consent.id)
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(made.public_key))
    key.verify(bytes.fromhex(made.signature), made.receipt)
    for place in range(0, len(made.receipt), 7):
        changed = bytearray(made.receipt)
        changed[place] ^= 1
        with pytest.raises(InvalidSignature):
            key.verify(bytes.fromhex(made.signature), bytes(changed))


async def test_a_notice_never_changes_and_a_purpose_does(harness: Harness) -> None:
    first = await publish(harness)
    with pytest.raises(Duplicate):
        await publish(harness, text="Wir schreiben doch nicht.")
    assert await publish(harness) == first
    with pytest.raises(InvalidInput):
        await publish(harness, purpose_code="unknown")
    same = await put(harness)
    with pytest.raises(EtagMismatch):
        await put(harness, retention_days=3, etag="9")
    changed = await put(harness, retention_days=3, etag=str(same.version))
    assert (changed.id, changed.retention_days, changed.version) == (same.id, 3, 2)
    with pytest.raises(InvalidInput):
        await put(harness, categories=("system",))
    assert harness.names() == ["PurposePut"]
