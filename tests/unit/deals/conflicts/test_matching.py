"""Two claims on one customer find each other by any key, and say why."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.country import RegistrationIdType
from services.deals.claims.domain.registration import Customer
from services.deals.claims.domain.states import Review
from services.deals.conflicts.domain.differences import differences
from services.deals.conflicts.domain.keys import MatchKey, keys_of
from services.deals.conflicts.domain.matching import (
    CLAIMS_PER_KEY,
    SCORES,
    Claim,
    Conflict,
    KeySlot,
    TooManyClaims,
    claim,
    conflict,
    matches,
    release,
)
from services.deals.conflicts.domain.overriding import CustomerProtected, blocking, refuse_protected
from tests.builders import NOW
from tests.unit.deals.registrations import a_registration

CNPJ = RegistrationIdType.CNPJ
FIELDS = ["registration_id", "domain", "phone"]


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
    shared = set(keys_of(pair.one, str)) & set(keys_of(pair.other, str))
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
    assert {loaded.registration_id for loaded in slot.claims} == model
    assert len(slot.claims) == len(model)


def test_a_key_that_thousands_share_is_refused() -> None:
    full = KeySlot(id="PHONE:x", claims=tuple(Claim(f"reg_{n}", "ptn") for n in range(CLAIMS_PER_KEY)))
    with pytest.raises(TooManyClaims):
        claim(full, a_registration())


def _compared(ours: Customer, theirs: Customer) -> Conflict:
    """What is found if both have claimed."""
    mine, other = (
        replace(a_registration(), customer=ours),
        replace(a_registration(number=2, partner=2), customer=theirs),
    )
    slots = tuple(claim(KeySlot(id=key), other) for key in set(keys_of(ours, str)) & set(keys_of(theirs, str)))
    return conflict(mine, other, matches(mine, slots)[0])


VAT = RegistrationIdType.VAT

NORD = Customer(
    legal_name="Nord Bau GmbH",
    country="DE",
    subdivision="BY",
    registration_id="DE136695976",
    registration_id_type=VAT,
    domain="nord-bau.de",
    phone="089 901820",
)

IN_BERLIN = replace(NORD, subdivision="BE", registration_id="DE129273398", domain="nord-berlin.de", phone="030 901820")


@pytest.mark.parametrize(
    ("theirs", "score", "against"),
    [
        pytest.param(NORD, 100, (), id="the same in everything"),
        pytest.param(IN_BERLIN, 1, (60, 20), id="a name in another state, with a number and domain of its own"),
        pytest.param(replace(IN_BERLIN, registration_id=""), 55, (20,), id="a name with a domain of its own"),
        pytest.param(replace(IN_BERLIN, registration_id="", domain=""), 75, (), id="a name alone"),
        pytest.param(replace(IN_BERLIN, registration_id="DE129273397"), 55, (20,), id="a number that is none"),
        pytest.param(replace(IN_BERLIN, phone=NORD.phone), 1, (60, 20), id="a name and a common switchboard"),
        pytest.param(
            replace(IN_BERLIN, registration_id="", domain="", phone=NORD.phone), 80, (), id="name and phone, no more"
        ),
        pytest.param(
            replace(IN_BERLIN, legal_name="Süd Bau", domain=NORD.domain), 25, (60,), id="the domain of one group"
        ),
        pytest.param(
            Customer(legal_name="Nord Bau", country="DE", domain="nord-bau.com"),
            75,
            (),
            id="one name under two suffixes",
        ),
        pytest.param(
            replace(NORD, domain="nord.example", phone="", legal_name="N"), 100, (), id="one number, two domains"
        ),
        pytest.param(
            replace(NORD, registration_id="HRB 4711", registration_id_type=RegistrationIdType.OTHER, phone=""),
            90,
            (),
            id="numbers of two registers",
        ),
    ],
)
def test_a_match_scores_by_what_agrees_less_what_contradicts_it(
    theirs: Customer, score: int, against: tuple[int, ...]
) -> None:
    found = _compared(NORD, theirs)
    assert (found.score, tuple(one.score for one in found.contradictions)) == (score, against)
    assert found.score == _compared(theirs, NORD).score


@pytest.mark.parametrize(
    ("country", "scheme", "one", "other", "differ"),
    [
        ("BR", RegistrationIdType.CNPJ, "16.727.230/0001-97", "16.727.230/0002-78", False),
        ("BR", RegistrationIdType.CNPJ, "16.727.230/0001-97", "60.701.190/0001-04", True),
        ("IN", RegistrationIdType.GSTIN, "27AAPFU0939F1ZV", "29AAPFU0939F1ZR", False),
        ("IN", RegistrationIdType.GSTIN, "27AAPFU0939F1ZV", "27AAACR5055K1Z7", True),
        ("FR", RegistrationIdType.SIREN, "552 008 443", "732829320", True),
        ("US", RegistrationIdType.OTHER, "1", "2", False),
    ],
)
def test_numbers_of_two_branches_are_not_those_of_two_organisations(
    country: str, scheme: RegistrationIdType, one: str, other: str, differ: bool
) -> None:
    first, second = (
        Customer(legal_name="A", country=country, registration_id=number, registration_id_type=scheme)
        for number in (one, other)
    )
    assert list(differences(first, second)) == ([MatchKey.REGISTRATION_ID] if differ else [])


@given(st.sampled_from([NORD, IN_BERLIN]), st.sampled_from([NORD, IN_BERLIN]), st.sets(st.sampled_from(FIELDS)))
def test_a_key_in_common_never_lowers_a_score_and_a_contradiction_never_raises_it(
    ours: Customer, theirs: Customer, left_out: set[str]
) -> None:
    theirs = replace(theirs, **dict.fromkeys(left_out, ""))
    found = _compared(ours, theirs)
    plain = matches(
        a_registration(),
        tuple(claim(KeySlot(id=f"{one.key.name}:x"), a_registration(number=2)) for one in found.reasons),
    )
    assert 1 <= found.score <= plain[0].score <= 100
    assert (found.score == plain[0].score) == (not found.contradictions)


@pytest.mark.parametrize(
    ("partner", "overlapping", "lapsed", "threshold", "refused"),
    [
        (2, True, False, 75, True),
        (2, True, False, 76, False),
        (1, True, False, 75, False),
        (2, False, False, 75, False),
        (2, True, True, 75, False),
    ],
    ids=["a rival", "not sure enough", "the same partner", "other products", "protection that has ended"],
)
def test_a_customer_that_is_surely_protected_is_refused_to(
    partner: int, overlapping: bool, lapsed: bool, threshold: int, refused: bool
) -> None:
    ours = a_registration(Review.UNDER_REVIEW)
    theirs = a_registration(Review.APPROVED, number=2, partner=partner)
    if not overlapping:
        theirs = replace(theirs, lines=(replace(theirs.lines[0], product_line="OTHER"),))
    found = conflict(ours, theirs, matches(ours, (claim(KeySlot(id="NAME:x"), theirs),))[0])
    at = NOW + timedelta(days=91 if lapsed else 1)
    blocked_by = blocking((found,), threshold=threshold, now=at)
    assert blocked_by == ((found,) if refused else ())
    if refused:
        with pytest.raises(CustomerProtected) as why:
            refuse_protected(blocked_by, threshold=threshold)
        assert why.value.metadata == {"id": theirs.id, "cell": "", "score": "75", "threshold": "75"}
    else:
        refuse_protected(blocked_by, threshold=threshold)
