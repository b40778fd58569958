"""A flow is refused for every reason at once, and thresholds are counted to the person."""

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.country import Cell
from libs.person import Person
from services.compliance.law.domain.mechanisms import TransferMechanism
from services.compliance.law.domain.thresholds import THRESHOLDS, Counted, ThresholdState, applying, uses
from services.compliance.transfers.domain.flow import Tally, TransferFlow, flow_violations, judge, neared
from services.compliance.transfers.domain.states import TransferRefusalReason, TransferState
from services.compliance.transfers.domain.transfer import Transfer
from tests.unit.compliance.transfers.test_transfer import DRAFT, TERMS, TODAY

ADA = Person(email="ada@example.org")
FLOW = TransferFlow(
    transfer_id=DRAFT.id,
    purpose=TERMS.purpose,
    categories=("user.name", "user.contact.email"),
    recipient_country="SG",
    persons=(ADA,),
)
OPEN = replace(DRAFT, state=TransferState.PUBLISHED)
NONE = Tally(marked=1, new=1, new_sensitive=0, person_count=1, sensitive_person_count=0)


def reasons(flow: TransferFlow, transfer: Transfer | None, tally: Tally = NONE, day: date = TODAY) -> list[str]:
    """The names of the reasons against a flow."""
    refusals, _ = judge(flow, transfer, tally, today=day, thresholds=THRESHOLDS[:4])
    return [one.reason.name for one in refusals]


TABLE: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], date, list[str]]] = [
    ({}, {}, {}, TODAY, []),
    ({}, {"state": TransferState.DRAFT}, {}, TODAY, ["NOT_PUBLISHED"]),
    ({}, {"state": TransferState.ENDED}, {}, TODAY, ["ENDED"]),
    ({}, {}, {}, date(2025, 12, 31), ["NOT_YET_VALID"]),
    ({}, {}, {}, date(2026, 1, 1), []),
    ({}, {}, {"valid_until": date(2026, 6, 30)}, date(2026, 6, 30), []),
    ({}, {}, {"valid_until": date(2026, 6, 30)}, date(2026, 7, 1), ["EXPIRED"]),
    ({"purpose": "marketing"}, {}, {}, TODAY, ["WRONG_PURPOSE"]),
    ({"recipient_country": "US"}, {}, {}, TODAY, ["WRONG_COUNTRY"]),
    ({"categories": ("user.name", "user.job_title")}, {}, {}, TODAY, ["WRONG_CATEGORY"]),
    ({"categories": ("user",)}, {}, {}, TODAY, ["WRONG_CATEGORY"]),
    ({"categories": ("user.contacts",)}, {}, {}, TODAY, ["WRONG_CATEGORY"]),
    (
        {"purpose": "marketing", "recipient_country": "US", "categories": ("user.device", "user.social")},
        {"state": TransferState.ENDED},
        {"valid_until": date(2026, 1, 2)},
        TODAY,
        ["ENDED", "EXPIRED", "WRONG_PURPOSE", "WRONG_COUNTRY", "WRONG_CATEGORY", "WRONG_CATEGORY"],
    ),
]


@pytest.mark.parametrize(("flow", "transfer", "terms", "day", "expected"), TABLE)
def test_every_reason_against_a_flow_is_named(
    flow: dict[str, Any], transfer: dict[str, Any], terms: dict[str, Any], day: date, expected: list[str]
) -> None:
    known = replace(OPEN, terms=replace(TERMS, **terms), **transfer)
    assert reasons(replace(FLOW, **flow), known, day=day) == expected


def test_a_flow_without_a_transfer_is_unregistered() -> None:
    assert reasons(FLOW, None) == ["UNREGISTERED"]


CN = TransferMechanism
LIMITS: list[tuple[int, int, set[TransferMechanism]]] = [
    (99_999, 0, set(CN)),
    (100_000, 0, {CN.CAC_STANDARD_CONTRACT, CN.PI_CERTIFICATION, CN.CAC_SECURITY_ASSESSMENT}),
    (999_999, 9_999, {CN.CAC_STANDARD_CONTRACT, CN.PI_CERTIFICATION, CN.CAC_SECURITY_ASSESSMENT}),
    (1_000_000, 0, {CN.CAC_SECURITY_ASSESSMENT}),
    (1, 1, {CN.CAC_STANDARD_CONTRACT, CN.PI_CERTIFICATION, CN.CAC_SECURITY_ASSESSMENT}),
    (10_000, 10_000, {CN.CAC_SECURITY_ASSESSMENT}),
]


@pytest.mark.parametrize(("persons", "sensitive", "permitted"), LIMITS)
def test_which_mechanisms_china_accepts_for_so_many_persons(
    persons: int, sensitive: int, permitted: set[TransferMechanism]
) -> None:
    tally = Tally(marked=1, new=1, new_sensitive=0, person_count=persons, sensitive_person_count=sensitive)
    allowed = {one for one in CN if not reasons(FLOW, replace(OPEN, terms=replace(TERMS, mechanism=one)), tally)}
    assert allowed == permitted


def test_an_operator_of_critical_infrastructure_always_needs_the_assessment() -> None:
    rows = applying(THRESHOLDS, lambda country: True, TODAY, critical=True)
    contract = replace(OPEN, terms=replace(TERMS, mechanism=CN.CAC_STANDARD_CONTRACT))
    refusals, _ = judge(FLOW, contract, NONE, today=TODAY, thresholds=rows)
    assert [(one.reason, one.detail) for one in refusals] == [(TransferRefusalReason.OVER_THRESHOLD, "cn.critical.1")]


def test_a_cell_has_the_thresholds_of_the_countries_that_it_serves_once_they_are_in_force() -> None:
    serves = Cell(code="de", countries=("DE", "AT"), time_zone="Europe/Berlin", currency="EUR").serves
    assert applying(THRESHOLDS, serves, TODAY, critical=True) == ()
    assert applying(THRESHOLDS, lambda country: True, date(2024, 3, 21), critical=True) == ()
    assert len(applying(THRESHOLDS, lambda country: True, date(2024, 3, 22), critical=False)) == 4
    assert len({one.name for one in THRESHOLDS}) == len(THRESHOLDS)
    assert all(one.source for one in THRESHOLDS)


@given(limit=st.integers(1, 2_000_000), counted=st.integers(0, 2_000_000))
def test_a_threshold_is_reached_at_its_limit_and_near_from_four_fifths_of_it(limit: int, counted: int) -> None:
    row = replace(THRESHOLDS[0], limit=limit)
    expected = (
        ThresholdState.REACHED
        if counted >= limit
        else ThresholdState.NEAR
        if counted / limit >= 0.8
        else ThresholdState.CLEAR
    )
    assert row.state(counted) is expected


def test_passing_four_fifths_is_told_once() -> None:
    rows = [replace(THRESHOLDS[0], limit=10, counted=Counted.PERSONS)]
    steps = [list(uses(rows, persons=persons, sensitive=0)) for persons in (0, 7, 8, 9, 10, 11)]
    told = [[one.counted for one in neared(*pair)] for pair in pairwise(steps)]
    assert told == [[], [8], [], [], []]


def test_every_fault_of_a_flow_is_named() -> None:
    wrong = replace(
        FLOW,
        recipient_country="XQ",
        categories=("user.hobby",),
        persons=(ADA, Person(name="Nobody")),
    )
    found = flow_violations(wrong, ["x", ""], counting=True)
    assert [(one.field, one.reason) for one in found] == [
        ("recipient_country", "UNKNOWN_COUNTRY"),
        ("categories[0]", "UNKNOWN_CATEGORY"),
        ("persons[1]", "NO_ALIAS"),
    ]
    bare = replace(FLOW, persons=())
    assert [one.reason for one in flow_violations(bare, [], counting=True)] == ["NO_PERSON"]
    assert not list(flow_violations(bare, [], counting=False))
    nothing = replace(FLOW, categories=())
    assert [one.reason for one in flow_violations(nothing, ["x"], counting=True)] == ["NO_CATEGORY"]
