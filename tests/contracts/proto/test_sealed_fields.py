"""What is stored encrypted cannot be looked for: no index contains such a field, so no query filters or sorts by it."""

import re
from typing import Any

import pytest

from libs.document import Document
from libs.person import Person
from libs.privacy.sealing.places import Place, What, walk_of
from libs.store.codec import indexed_fields
from libs.store.port import Index, Kind
from tests.compositions import COMPOSITIONS

ANSWERED = {"located.alias_hashes"}  # an answer to the question of a release before 2026-11-30
CUSTOMER = {
    "customer.address",
    "customer.city",
    "customer.domain",
    "customer.legal_name",
    "customer.phone",
    "customer.postal_code",
    "customer.registration_id",
    "customer.trading_names[]",
}

SEALED = {
    "compliance": {
        "subject_answer": ANSWERED,
        "breach": {"facts.consequences", "facts.measures", "facts.what_happened"},
        "breach_notice": {"delay_reason"},
        "consent": {"person"},
        "decision": {"command[]"},
        "identity_check": {"mandate.agent"},
        "known_as": {"name_hashes", "right_hashes"},
        "legal_hold": {"alias_hashes"},
        "subject_request": {
            "alias_hashes",
            "aliases[].value",
            "answers[].alias_hashes",
            "denial_note",
            "done",
            "possible_hashes",
            "subject",
        },
    },
    "deals": {
        "subject_answer": ANSWERED,
        "registration": {
            "imported_as",
            *CUSTOMER,
            "customer_contact",
            "sales_contact",
            "description",
            "decision_note",
            "activities[].note",
        },
        "end_customer": CUSTOMER,
        "competitor_note": {"note"},
        "campaign": {"imported_as"},
        "lead": {"imported_as", "contact", "text", *CUSTOMER},
        "adjudication": {"rulings[].note"},
        "adjudication_side": {"statement"},
    },
    "orders": {
        "subject_answer": ANSWERED,
        "decision": {"command[]"},
        "credit_note": {"imported_as"},
        "order": {"imported_as", "holds[].release_note", "ship_to_contact"},
    },
    "partners": {
        "subject_answer": ANSWERED,
        "agreement": {"signatures[].person"},
        "completion": {"holder"},
        "conduct_case": {"appeals[].note", "appeals[].text", "statement", "steps[].note"},
        "contact": {"person"},
        "decision": {"command[]"},
        "fund_claim": {"return_reason"},
        "funding_request": {"description", "reject_reason"},
        "log_entry": {"text"},
        "business_review": {"notes"},
        "handover": {"leaving_user", "target_user"},
        "partner": {
            "address.city",
            "address.country",
            "address.lines[]",
            "address.postal_code",
            "address.subdivision",
            "domain",
            "imported_as",
            "legal_name",
            "phone",
            "registration_id",
            "status_note",
            "trade_name",
        },
        "scorecard_review": {"statement"},
    },
    "hooks": {},
    "tickets": {
        "subject_answer": ANSWERED,
        "comment": {"body"},
        "history_entry": {"changes[].assignee"},
        "ticket": {
            "assignee",
            "imported_as",
            "description",
            "requester",
            "resolution_note",
            "satisfaction.note",
            "subject",
        },
    },
}


class Card(Document, frozen=True, kw_only=True):
    person: Person
    colour: str = ""


@pytest.mark.parametrize("service", COMPOSITIONS)
def test_no_index_contains_a_field_that_is_encrypted(service: str) -> None:
    for kind in COMPOSITIONS[service].kinds:
        assert indexed_and_encrypted(service, kind) == set()


@pytest.mark.parametrize("service", COMPOSITIONS)
def test_an_erasure_finds_what_was_derived_from_the_document_of_a_person(service: str) -> None:
    kinds = COMPOSITIONS[service].kinds
    for kind in kinds:
        whole, field = kind.derived_from or (None, "id")
        assert whole is None or (whole in kinds and whole.persons is not None), kind.name
        assert field == "id" or any(index.fields[0] == field for index in kind.indexes), kind.name


def test_an_index_over_a_person_is_found() -> None:
    card = Kind("card", Card, (Index(("colour", "person.email")), Index(("person",))))
    assert indexed_and_encrypted("deals", card) == {"person.email", "person"}


def test_these_fields_are_encrypted_and_a_new_one_is_noticed() -> None:
    found = {
        service: {
            kind.name: {one.path for one in _places(service, kind)} for kind in made.kinds if _places(service, kind)
        }
        for service, made in COMPOSITIONS.items()
    }
    assert found == SEALED


def test_every_person_and_every_text_is_a_place() -> None:
    assert _places("deals", Kind("card", Card)) == (Place(What.PERSON, "person"),)


def indexed_and_encrypted(service: str, kind: Kind[Any]) -> set[str]:
    """The indexed fields that are encrypted, or contain or belong to something that is."""
    places = [re.sub(r"\[\]", "", one.path) for one in _places(service, kind)]
    return {
        field
        for field in indexed_fields(kind)
        if any(f"{field}.".startswith(f"{one}.") or f"{one}.".startswith(f"{field}.") for one in places)
    }


def _places(service: str, kind: Kind[Any]) -> tuple[Place, ...]:
    walk = walk_of(service, kind.type)
    return walk.places if walk is not None else ()
