"""The register's states as a table over every move, and everything that can be wrong with terms."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from libs.errors import WrongState
from services.compliance.law.domain.categories import SENSITIVE, category_violations, is_sensitive
from services.compliance.law.domain.mechanisms import TransferMechanism
from services.compliance.transfers.domain.states import TransferState
from services.compliance.transfers.domain.transfer import (
    FILED_FIRST,
    FilingMissing,
    Transfer,
    TransferFiling,
    TransferTerms,
    end,
    file,
    publish,
    terms_violations,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
FILING = TransferFiling(authority="cac-shanghai", reference="2026-117", file_date=date(2026, 2, 1))
TERMS = TransferTerms(
    mechanism=TransferMechanism.STANDARD_CONTRACTUAL_CLAUSES,
    purpose="essential.service.operations",
    categories=("user.name", "user.contact"),
    recipient="Nordlicht AG",
    recipient_country="SG",
    valid_from=date(2026, 1, 1),
)
DRAFT = Transfer(id="trf_local_1", terms=TERMS, create_time=NOW, update_time=NOW)

MOVES: dict[str, tuple[Callable[[Transfer], Any], set[TransferState], TransferState | None]] = {
    "publish": (lambda one: publish(one, now=NOW), {TransferState.DRAFT}, TransferState.PUBLISHED),
    "file": (lambda one: file(one, FILING, now=NOW), {TransferState.DRAFT, TransferState.PUBLISHED}, None),
    "end": (lambda one: end(one, now=NOW), {TransferState.DRAFT, TransferState.PUBLISHED}, TransferState.ENDED),
}


@pytest.mark.parametrize("state", TransferState)
@pytest.mark.parametrize("name", MOVES)
def test_every_move_from_every_state(name: str, state: TransferState) -> None:
    move, allowed, to = MOVES[name]
    before = replace(DRAFT, state=state)
    if state not in allowed:
        with pytest.raises(WrongState):
            move(before)
        return
    after, event = move(before)
    assert after.state is (to or state)
    assert event.transfer_id == before.id


@pytest.mark.parametrize("mechanism", TransferMechanism)
def test_what_an_authority_must_have_seen_is_filed_before_it_is_published(mechanism: TransferMechanism) -> None:
    bare = replace(DRAFT, terms=replace(TERMS, mechanism=mechanism))
    filed, _ = file(bare, FILING, now=NOW)
    assert publish(filed, now=NOW)[0].state is TransferState.PUBLISHED
    if mechanism in FILED_FIRST:
        with pytest.raises(FilingMissing):
            publish(bare, now=NOW)
    else:
        assert publish(bare, now=NOW)[0].state is TransferState.PUBLISHED


CERTIFIED: dict[str, Any] = {"mechanism": TransferMechanism.PI_CERTIFICATION}
WRONG: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({}, []),
    ({"valid_until": date(2026, 1, 1)}, []),
    ({"valid_until": date(2025, 12, 31)}, [("valid_until", "DATES_OUT_OF_ORDER")]),
    ({"recipient_country": "XQ"}, [("recipient_country", "UNKNOWN_COUNTRY")]),
    ({"categories": ()}, [("categories", "NO_CATEGORY")]),
    ({"mechanism": TransferMechanism.NOT_PERSONAL}, [("categories", "CATEGORY_OF_NOTHING")]),
    ({"mechanism": TransferMechanism.NOT_PERSONAL, "categories": ()}, []),
    ({"filing": replace(FILING, file_date=date(2026, 3, 3))}, [("filing.file_date", "IN_THE_FUTURE")]),
    ({"filing": replace(FILING, file_date=TODAY)}, []),
    (CERTIFIED, [("valid_until", "NO_END")]),
    ({**CERTIFIED, "valid_until": date(2028, 12, 31)}, []),
    ({**CERTIFIED, "valid_until": date(2029, 1, 1)}, [("valid_until", "TOO_LONG")]),
    ({**CERTIFIED, "valid_from": date(2028, 2, 29), "valid_until": date(2031, 2, 28)}, []),
    ({**CERTIFIED, "valid_from": date(9999, 1, 1), "valid_until": date(9999, 12, 30)}, []),
    (
        {"categories": ("user.hobby", "system", "user.contact.", "user.name"), "recipient_country": "AA"},
        [
            ("recipient_country", "UNKNOWN_COUNTRY"),
            *((f"categories[{place}]", "UNKNOWN_CATEGORY") for place in range(3)),
        ],
    ),
]


@pytest.mark.parametrize(("fields", "wrong"), WRONG)
def test_every_fault_of_the_terms_is_named(fields: dict[str, Any], wrong: list[tuple[str, str]]) -> None:
    found = terms_violations(replace(TERMS, **fields), TODAY)
    assert [(one.field, one.reason) for one in found] == wrong


@pytest.mark.parametrize(
    ("categories", "sensitive"),
    [
        (("user.name", "user.contact.email"), False),
        (("user.financial.bank_account",), True),
        (("user.name", "user.government_id"), True),
        (("user.demographic.age_range",), False),
        (("user.demographic",), True),
        (("user",), True),
        ((), False),
    ],
)
def test_a_category_is_sensitive_if_it_is_within_a_sensitive_one_or_includes_one(
    categories: tuple[str, ...], sensitive: bool
) -> None:
    assert is_sensitive(categories) is sensitive


def test_every_sensitive_category_is_a_category() -> None:
    assert not list(category_violations(sorted(SENSITIVE)))
