"""A sole trader is a person: stored encrypted, found by keyed hashes, also when an earlier release stored it."""

from typing import Any

import msgspec
from msgspec.structs import replace

from libs.country import RegistrationIdType
from libs.errors import Duplicate
from libs.privacy.sealing.store import SealedStore
from libs.privacy.vault.tokens import is_token
from libs.store.codec import reader
from libs.store.port import get
from services.partners.application.jobs import renew_name_keys
from services.partners.application.usecases import applications
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.reads import possible_duplicates
from tests.builders import a_call
from tests.component.partners.harness import VAT_NUMBERS, Harness

NUMBER: dict[str, Any] = {"registration_id": VAT_NUMBERS[0], "registration_id_type": RegistrationIdType.VAT}
FACTS = {"legal_name": "Quintessa Jablonska", "trade_name": "Quinties Räder", "domain": "quintessa.example"}
WORDS = ("uintessa", "jablonska", "uinties", VAT_NUMBERS[0], "492180")


async def a_trader(harness: Harness, **fields: Any) -> Partner:
    """An applicant who is a natural person."""
    return await harness.apply(**{**FACTS, **NUMBER, "phone": "030 2180", "sole_trader": True, **fields})


async def found(harness: Harness, **asked: Any) -> list[str]:
    """The ids of the partners that a listing finds, a page of one each."""
    rows = await harness.pages(applications.list_partners, applications.ListPartners, page_size=1, **asked)
    return [one.id for one in rows]


async def stored(harness: Harness, id: str) -> Partner:
    """The partner as the engine has it."""
    assert isinstance(harness.env.store, SealedStore)
    loaded = await get(harness.env.store.inner, PARTNERS, id)
    assert loaded is not None
    return loaded.value


async def test_neither_the_document_nor_an_index_has_a_fact_about_a_sole_trader_in_clear(harness: Harness) -> None:
    trader = await a_trader(harness)
    kept = await stored(harness, trader.id)
    assert all(map(is_token, (kept.legal_name, kept.trade_name, kept.registration_id, kept.domain, kept.phone)))
    text = f"{msgspec.json.encode(kept).decode()} {reader(PARTNERS)(kept)}".lower()
    assert [one for one in WORDS if one in text] == []
    company = await harness.apply(**FACTS)
    assert (await stored(harness, company.id)).legal_name == FACTS["legal_name"]


async def test_a_sole_trader_is_found_by_whole_values_beside_companies(harness: Harness) -> None:
    trader = await a_trader(harness)
    company = await harness.apply(legal_name="Quintessa Jablonska GmbH", domain="quintessa.example")
    both = [trader.id, company.id]
    assert await found(harness, name="Quintessa Jablonska") == both
    assert await found(harness, name="quintessa") == [company.id]
    assert await found(harness, registration_id=VAT_NUMBERS[0]) == [trader.id]
    assert await found(harness, domain="www.quintessa.example", order_by="id desc") == both[::-1]
    assert await found(harness, domain="quintessa.example", order_by="update_time") == both
    assert await found(harness, domain="quintessa.example", name="Quintessa Jablonska", country="DE") == both
    assert await found(harness, domain="quintessa.example", registration_id=VAT_NUMBERS[0]) == [trader.id]


async def test_a_sole_trader_that_becomes_a_company_moves_to_the_other_indexes(harness: Harness) -> None:
    trader = await a_trader(harness)
    await harness.update(trader.id, sole_trader=False)
    kept = await stored(harness, trader.id)
    assert (kept.legal_name, kept.trader_name_key, kept.person_id) == (FACTS["legal_name"], None, "")
    assert await found(harness, name="quintessa") == [trader.id]
    await harness.update(trader.id, sole_trader=True)
    assert await found(harness, name="quintessa") == []
    assert await found(harness, name=FACTS["legal_name"]) == [trader.id]


async def test_a_company_resembles_a_sole_trader_and_cannot_take_its_number(harness: Harness) -> None:
    trader = await a_trader(harness)
    company = await harness.apply(legal_name=FACTS["legal_name"], domain=FACTS["domain"])
    [alike] = await possible_duplicates(harness.env, company, call=a_call())
    assert (alike.partner_id, alike.same_name, alike.same_domain) == (trader.id, True, True)
    assert await refused(harness) == trader.id


async def test_a_sole_trader_of_an_earlier_release_is_found_before_and_after_its_keys_are_made(
    harness: Harness,
) -> None:
    trader = await a_trader(harness)
    loaded = await get(harness.env.store, PARTNERS, trader.id)
    assert loaded is not None
    assert isinstance(harness.env.store, SealedStore)
    clear = replace(
        loaded.value,
        registration_key=f"DE:VAT:{VAT_NUMBERS[0]}",
        name_key="4da1ba6d31af43b12c73ff66249d8caa",
        trader_name_key=None,
        trader_registration_key=None,
        trader_domain_key=None,
        name_rules=1,
    )
    await harness.env.store.inner.commit([loaded.put(clear)])
    assert await found(harness, registration_id=VAT_NUMBERS[0]) == [trader.id]
    assert await found(harness, name=FACTS["legal_name"], domain=FACTS["domain"]) == [trader.id]
    assert await refused(harness) == trader.id
    assert (await renew_name_keys(harness.env), await renew_name_keys(harness.env)) == (1, 0)
    text = f"{msgspec.json.encode(await stored(harness, trader.id)).decode()}".lower()
    assert [one for one in WORDS if one in text] == []
    assert await found(harness, registration_id=VAT_NUMBERS[0]) == [trader.id]
    assert await found(harness, name=FACTS["legal_name"], domain=FACTS["domain"]) == [trader.id]
    assert await refused(harness) == trader.id


async def refused(harness: Harness) -> str:
    """The partner that has the number already, as the refusal of another applicant names it."""
    try:
        await harness.apply(legal_name="Another", **NUMBER)
    except Duplicate as err:
        return str(err.metadata["id"])
    return ""
