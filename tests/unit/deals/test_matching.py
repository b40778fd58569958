"""Two claims on one customer find each other by any key, and say why."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.country import RegistrationIdType
from libs.partner import TerritoryFacts
from services.deals.domain.matching import (
    CLAIMS_PER_KEY,
    SCORES,
    Claim,
    CustomerProtected,
    KeySlot,
    TooManyClaims,
    claim,
    conflict,
    matches,
    refuse_protected,
    release,
)
from services.deals.domain.partner import TerritoryExclusive, refuse_exclusive
from services.deals.domain.registration import Customer
from services.deals.domain.states import MatchKey, Review
from services.deals.usecases.matching import keys_of
from tests.builders import NOW, an_id
from tests.unit.deals.registrations import a_registration

CNPJ = RegistrationIdType.CNPJ


@dataclass(frozen=True)
class Pair:
    """Two ways to write a customer, and the keys they share."""

    one: Customer
    other: Customer
    shared: frozenset[str]


PAIRS = [
    Pair(
        Customer(legal_name="ООО «Ромашка»", country="RU"),
        Customer(legal_name="Romashka OOO", country="RU"),
        frozenset({"NAME"}),
    ),
    Pair(
        Customer(legal_name="臺灣水泥股份有限公司", country="TW"),
        Customer(legal_name="臺灣水泥", country="TW"),
        frozenset({"NAME"}),
    ),
    Pair(
        Customer(legal_name="Müller & Söhne GmbH & Co. KG", country="DE", domain="https://www.mueller.example/shop"),
        Customer(legal_name="Mueller and Soehne", country="DE", domain="MUELLER.example"),
        frozenset({"NAME", "DOMAIN"}),
    ),
    Pair(
        Customer(legal_name="A", country="DE", phone="030 901820"),
        Customer(legal_name="B", country="DE", phone="+49 (30) 90 18 20"),
        frozenset({"PHONE"}),
    ),
    Pair(
        Customer(
            legal_name="A",
            country="BR",
            registration_id="16.727.230/0001-97",
            registration_id_type=RegistrationIdType.CNPJ,
        ),
        Customer(
            legal_name="B", country="BR", registration_id="16727230000197", registration_id_type=RegistrationIdType.CNPJ
        ),
        frozenset({"REGISTRATION_ID"}),
    ),
    Pair(
        Customer(legal_name="A", country="DE", domain="gmail.com"),
        Customer(legal_name="B", country="DE", domain="gmail.com"),
        frozenset(),
    ),
    Pair(
        Customer(legal_name="A", country="DE", domain="https://web.de"),
        Customer(legal_name="B", country="DE", domain="web.de"),
        frozenset(),
    ),
    Pair(
        Customer(legal_name="A", country="DE", domain="eins.myshopify.com"),
        Customer(legal_name="B", country="DE", domain="zwei.myshopify.com"),
        frozenset(),
    ),
    Pair(
        Customer(legal_name="Adler GmbH", country="DE", domain="adler.example"),
        Customer(legal_name="Adler Inc.", country="US", domain="adler.example"),
        frozenset({"DOMAIN"}),
    ),
    Pair(
        Customer(legal_name="臺灣水泥股份有限公司", country="CN"),
        Customer(legal_name="台湾水泥有限责任公司", country="CN"),
        frozenset({"NAME"}),
    ),
    Pair(
        Customer(legal_name="A", country="US", registration_id="4711", registration_id_type=RegistrationIdType.OTHER),
        Customer(legal_name="B", country="US", registration_id="47 11", registration_id_type=RegistrationIdType.EIN),
        frozenset(),
    ),
    Pair(
        Customer(legal_name="A", country="BR", registration_id="16.727-1", registration_id_type=CNPJ),
        Customer(legal_name="B", country="BR", registration_id="16 7271", registration_id_type=CNPJ),
        frozenset({"REGISTRATION_ID"}),
    ),
]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.one.legal_name)
def test_ways_to_write_a_customer_share_the_keys_they_should(pair: Pair) -> None:
    shared = set(keys_of(pair.one)) & set(keys_of(pair.other))
    assert {key.split(":")[0] for key in shared} == pair.shared


@given(st.sets(st.sampled_from(MatchKey), min_size=1))
def test_every_common_key_is_a_reason_and_more_keys_never_score_less(keys: set[MatchKey]) -> None:
    ours, theirs = a_registration(), a_registration(Review.SUBMITTED, number=2, partner=2)
    slots = tuple(claim(KeySlot(id=f"{key.name}:x"), theirs) for key in keys)
    (match,) = matches(ours, slots)
    found = conflict(ours, theirs, match)
    assert {reason.key for reason in found.reasons} == keys
    assert max(SCORES[key] for key in keys) <= found.score <= 100
    fewer = matches(ours, slots[:1])[0]
    assert fewer.score <= match.score


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 5)), max_size=40))
def test_a_slot_holds_exactly_the_claims_taken_and_not_released(steps: list[tuple[bool, int]]) -> None:
    slot, model = KeySlot(id="NAME:x"), set[str]()
    for take, number in steps:
        reg = a_registration(number=number)
        slot = claim(slot, reg) if take else release(slot, reg.id)
        (model.add if take else model.discard)(reg.id)
    assert {held.registration_id for held in slot.claims} == model
    assert len(slot.claims) == len(model)


def test_a_key_that_thousands_share_is_refused() -> None:
    full = KeySlot(id="PHONE:x", claims=tuple(Claim(f"reg_{n}", "ptn") for n in range(CLAIMS_PER_KEY)))
    with pytest.raises(TooManyClaims):
        claim(full, a_registration())


@pytest.mark.parametrize(
    ("partner", "overlapping", "lapsed", "refused"),
    [(2, True, False, True), (1, True, False, False), (2, False, False, False), (2, True, True, False)],
    ids=["a rival on the same products", "the same partner", "other products", "protection that has ended"],
)
def test_a_protected_customer_is_refused_to(partner: int, overlapping: bool, lapsed: bool, refused: bool) -> None:
    ours = a_registration(Review.UNDER_REVIEW)
    theirs = a_registration(Review.APPROVED, number=2, partner=partner)
    if not overlapping:
        theirs = replace(theirs, lines=(replace(theirs.lines[0], product_line="OTHER"),))
    found = conflict(ours, theirs, matches(ours, (claim(KeySlot(id="NAME:x"), theirs),))[0])
    at = NOW + timedelta(days=91 if lapsed else 1)
    if refused:
        with pytest.raises(CustomerProtected) as why:
            refuse_protected(ours, (found,), now=at)
        assert why.value.metadata["id"] == theirs.id
    else:
        refuse_protected(ours, (found,), now=at)


@pytest.mark.parametrize(
    ("grant", "refused"),
    [
        ({}, True),
        ({"partner_id": an_id("ptn", 1)}, False),
        ({"exclusive": False}, False),
        ({"product_line": "SWITCHES"}, False),
        ({"product_line": "ROUTERS"}, True),
        ({"subdivision": "BY"}, False),
        ({"valid_until": NOW.date()}, True),
        ({"valid_until": NOW.date() - timedelta(days=1)}, False),
        ({"valid_from": NOW.date() + timedelta(days=1)}, False),
    ],
    ids=str,
)
def test_anothers_exclusive_territory_is_closed(grant: dict[str, object], refused: bool) -> None:
    fields = {"partner_id": an_id("ptn", 2), "exclusive": True, **grant}
    facts = TerritoryFacts(id=an_id("trr"), facts_version=1, country="DE", **fields)  # type: ignore[arg-type]  # a table
    if refused:
        with pytest.raises(TerritoryExclusive):
            refuse_exclusive(a_registration(), (facts,), on=NOW.date())
    else:
        refuse_exclusive(a_registration(), (facts,), on=NOW.date())
