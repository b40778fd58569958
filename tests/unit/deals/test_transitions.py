"""The state machine of a registration, as a table over every state and transition of all slices."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.errors import WrongState
from services.deals.claims.domain import drafts
from services.deals.claims.domain.registration import Activity, DealLost, Registration, RegistrationChanges
from services.deals.claims.domain.states import ActivityType, ClosureCode, Review, Stage
from services.deals.conversion import domain as conversion
from services.deals.protection import domain as protection
from services.deals.review.domain import transitions
from tests.builders import NOW
from tests.unit.deals.registrations import KEYS, a_registration

LATER = NOW + timedelta(days=1)
LONGER: Any = {"extension": timedelta(days=60), "since": NOW.date()}
WORK = (Activity(type=ActivityType.MEETING, date=NOW.date()),)

TRANSITIONS: dict[str, Callable[[Registration], tuple[Registration, object]]] = {
    "update": lambda reg: drafts.update(reg, RegistrationChanges(lines=reg.lines), now=LATER),
    "submit": lambda reg: transitions.submit(reg, keys=KEYS, conflicts=0, near=0, due=LATER, now=LATER),
    "recall": lambda reg: transitions.recall(reg, now=LATER),
    "start_review": lambda reg: transitions.start_review(reg, now=LATER),
    "request_changes": lambda reg: transitions.request_changes(reg, ("lines",), note=None, now=LATER),
    "approve": lambda reg: transitions.approve(reg, protection=timedelta(days=90), note=None, now=LATER),
    "reject": lambda reg: transitions.reject(reg, ClosureCode.DUPLICATE, note=None, now=LATER),
    "withdraw": lambda reg: protection.withdraw(reg, now=LATER),
    "extend": lambda reg: protection.extend(reg, WORK, **LONGER, now=LATER),
    "advance": lambda reg: protection.advance(reg, Stage.QUALIFIED, (), now=LATER),
    "convert": lambda reg: conversion.convert(reg, "EUR", now=LATER),
}

# What jobs do, when it is due. A job may find a claim that has changed since: then there is nothing to be done.
DUE: dict[str, Callable[[Registration], tuple[Registration, object] | None]] = {
    "cancel": lambda reg: protection.cancel(reg, ClosureCode.INELIGIBLE, now=LATER),
    "warn": lambda reg: protection.warn_of_expiry(reg, warning=timedelta(days=90), now=LATER),
    "expire": lambda reg: protection.expire(reg, now=NOW + timedelta(days=90)),
}

# Rows: the state of a claim. Columns: the transitions it may make, and the state after each. All others are refused, or
# leave the claim as it is where a job makes them.
SAME = object()

TABLE: dict[Review, dict[str, object]] = {
    Review.DRAFT: {
        "update": SAME,
        "submit": Review.SUBMITTED,
        "withdraw": Review.WITHDRAWN,
        "cancel": Review.CANCELED,
        "advance": SAME,
    },
    Review.SUBMITTED: {
        "recall": Review.DRAFT,
        "start_review": Review.UNDER_REVIEW,
        "withdraw": Review.WITHDRAWN,
        "cancel": Review.CANCELED,
        "advance": SAME,
    },
    Review.UNDER_REVIEW: {
        "request_changes": Review.ACTION_REQUIRED,
        "approve": Review.APPROVED,
        "reject": Review.REJECTED,
        "withdraw": Review.WITHDRAWN,
        "cancel": Review.CANCELED,
        "advance": SAME,
    },
    Review.ACTION_REQUIRED: {
        "update": SAME,
        "submit": Review.SUBMITTED,
        "withdraw": Review.WITHDRAWN,
        "cancel": Review.CANCELED,
        "advance": SAME,
    },
    Review.APPROVED: {
        "withdraw": Review.WITHDRAWN,
        "cancel": Review.CANCELED,
        "warn": SAME,
        "expire": Review.EXPIRED,
        "extend": SAME,
        "advance": SAME,
        "convert": Review.CONVERTED,
    },
    Review.REJECTED: {},
    Review.WITHDRAWN: {},
    Review.EXPIRED: {},
    Review.CONVERTED: {},
    Review.CANCELED: {},
}


@pytest.mark.parametrize("review", Review)
@pytest.mark.parametrize("transition", TRANSITIONS)
def test_a_transition_is_made_from_the_states_of_the_table_and_refused_from_all_others(
    review: Review, transition: str
) -> None:
    reg = a_registration(review)
    leads_to = TABLE[review].get(transition)
    if leads_to is None:
        with pytest.raises(WrongState) as refused:
            TRANSITIONS[transition](reg)
        assert refused.value.metadata["state"] == review.name
    else:
        _assert_made(reg, TRANSITIONS[transition](reg), leads_to)


@pytest.mark.parametrize("review", Review)
@pytest.mark.parametrize("transition", DUE)
def test_a_job_changes_a_claim_in_the_states_of_the_table_and_leaves_it_alone_in_all_others(
    review: Review, transition: str
) -> None:
    reg = a_registration(review)
    leads_to, made = TABLE[review].get(transition), DUE[transition](reg)
    if leads_to is None:
        assert made is None
    else:
        assert made is not None
        _assert_made(reg, made, leads_to)


def _assert_made(reg: Registration, made: tuple[Registration, object], leads_to: object) -> None:
    changed, event = made
    assert changed.review is (reg.review if leads_to is SAME else leads_to)
    assert getattr(event, "registration_id", "") == reg.id


def test_every_column_of_the_table_is_tried() -> None:
    assert {column for row in TABLE.values() for column in row} == {*TRANSITIONS, *DUE}


@pytest.mark.parametrize("transition", ["extend", "advance", "convert"])
def test_protection_that_has_run_out_is_over_before_a_job_has_expired_the_claim(transition: str) -> None:
    reg = replace(a_registration(Review.APPROVED), protected_until=LATER)
    with pytest.raises(WrongState) as refused:
        TRANSITIONS[transition](reg)
    assert refused.value.metadata["state"] == "EXPIRED"
    TRANSITIONS[transition](replace(reg, protected_until=LATER + timedelta(microseconds=1)))


@pytest.mark.parametrize(
    ("review", "transition"),
    [
        (Review.DRAFT, "submit"),
        (Review.ACTION_REQUIRED, "submit"),
        (Review.UNDER_REVIEW, "approve"),
        (Review.APPROVED, "extend"),
        (Review.APPROVED, "convert"),
    ],
)
def test_a_lost_deal_is_neither_claimed_nor_protected_nor_won(review: Review, transition: str) -> None:
    with pytest.raises(DealLost) as refused:
        TRANSITIONS[transition](replace(a_registration(review), stage=Stage.LOST))
    assert refused.value.metadata["stage"] == "LOST"
