"""Claims from another system: as they stand there, harmless to send again, every fault of a row named."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from libs.pb.prm.common.v1 import import_pb2, person_pb2
from libs.pb.prm.deals import v1 as pb
from libs.person import Person, PersonalText
from libs.privacy.aliases import sought
from libs.privacy.sealing.store import SealedStore
from libs.rpc.decode import Incoming
from libs.store.port import Query
from services.deals.claims import usecases as drafts
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration, RegistrationChanges
from services.deals.claims.domain.states import Review, Stage
from services.deals.conflicts.documents import ACCOUNTS
from services.deals.review import usecases as decisions
from services.deals.review.reads import decision_deadline
from services.deals.service import COMPOSITION
from tests.builders import NOW, a_call
from tests.component.deals.harness import PARTNER, RIVAL, Harness, a_customer

CREATED, UNCHANGED = import_pb2.IMPORT_OUTCOME_CREATED, import_pb2.IMPORT_OUTCOME_UNCHANGED
REFUSED, NOT_YET = import_pb2.IMPORT_OUTCOME_REFUSED, import_pb2.IMPORT_OUTCOME_NOT_YET
LONG_AGO = datetime(2011, 5, 2, 8, 30, tzinfo=UTC)


def _stamp(at: datetime) -> Timestamp:
    found = Timestamp()
    found.FromDatetime(at)
    return found


def _row(number: int = 1, **fields: Any) -> pb.ImportRegistrationRow:
    content: dict[str, Any] = {
        "external_source": "crm-eu",
        "external_id": f"OPP-{number}",
        "partner_id": PARTNER,
        "customer": pb.Customer(legal_name=f"Acme {number}", country="DE"),
        "lines": [pb.RegistrationLine(sku="RTR-1", product_line="ROUTERS", quantity=1)],
        "review": pb.REVIEW_SUBMITTED,
        "stage": pb.STAGE_QUALIFIED,
        **fields,
    }
    return pb.ImportRegistrationRow(**content)


async def _take(
    harness: Harness, *rows: pb.ImportRegistrationRow, validate_only: bool = False
) -> list[import_pb2.ImportResult]:
    async def batches() -> AsyncIterator[Incoming[pb.ImportRegistrationsRequest]]:
        yield Incoming(pb.ImportRegistrationsRequest(rows=rows, validate_only=validate_only), None)

    service = COMPOSITION.servicer(harness.env)
    answers = [one async for one in service.ImportRegistrations(batches(), a_call())]
    return [result for answer in answers for result in answer.results]


async def test_rows_are_answered_in_order_and_a_second_time_changes_nothing(harness: Harness) -> None:
    rows = [_row(number) for number in range(1, 101)]
    first = await _take(harness, *rows)
    assert [(one.external_id, one.outcome) for one in first] == [(row.external_id, CREATED) for row in rows]
    assert sorted(set(harness.names())) == ["RegistrationImported"]
    again = await _take(harness, *rows)
    assert [(one.id, one.outcome) for one in again] == [(one.id, UNCHANGED) for one in first]
    assert harness.events() == []
    assert (await harness.value(ACCOUNTS, PARTNER)).open_claims == 100


async def test_the_same_row_twice_in_one_message_is_one_claim(harness: Harness) -> None:
    results = await _take(harness, *[_row() for _ in range(10)])
    assert {one.id for one in results} == {results[0].id}
    assert sorted(one.outcome for one in results) == sorted([CREATED, *[UNCHANGED] * 9])


async def test_another_row_under_a_known_id_is_refused(harness: Harness) -> None:
    [first] = await _take(harness, _row())
    [other] = await _take(harness, _row(stage=pb.STAGE_COMMITTED))
    assert (other.outcome, [one.reason for one in other.problems]) == (REFUSED, ["EXTERNAL_ID_TAKEN"])
    assert (await harness.value(REGISTRATIONS, first.id)).stage is Stage.QUALIFIED
    [elsewhere] = await _take(harness, _row(external_source="crm-us"))
    assert elsewhere.outcome == CREATED


async def test_a_row_whose_partner_is_on_the_way_waits_for_it(harness: Harness) -> None:
    waiting = _row(partner_id="", partner_external_source="erp", partner_external_id="C-7")
    [result] = await _take(harness, waiting)
    assert (result.outcome, [one.reason for one in result.problems]) == (NOT_YET, ["PARTNER_NOT_YET_KNOWN"])
    await harness.partner(RIVAL, facts_version=2, external_source="erp", external_id="C-7")
    [result] = await _take(harness, waiting)
    assert result.outcome == CREATED
    assert (await harness.value(REGISTRATIONS, result.id)).partner_id == RIVAL


async def test_everything_wrong_with_a_row_is_named_at_once_and_the_others_are_taken(harness: Harness) -> None:
    later, earlier = _stamp(LONG_AGO), _stamp(LONG_AGO - timedelta(days=1))
    line = pb.RegistrationLine
    wrong = _row(
        2,
        partner_id="",
        customer=pb.Customer(legal_name="Acme", country="XQ"),
        lines=[
            line(sku="A", quantity=1, expected_amount={"currency_code": "EUR", "units": 1}),
            line(sku="B", quantity=1, expected_amount={"currency_code": "USD", "units": 1}),
        ],
        review=pb.REVIEW_APPROVED,
        create_time=later,
        submit_time=earlier,
        decide_time=_stamp(NOW + timedelta(hours=1)),
        close_time=later,
    )
    good, bad, rejected = await _take(harness, _row(1), wrong, _row(3, review=pb.REVIEW_REJECTED))
    assert good.outcome == CREATED
    assert (bad.outcome, [(one.field, one.reason) for one in bad.problems]) == (
        REFUSED,
        [
            ("customer.country", "UNKNOWN_COUNTRY"),
            ("partner_id", "REQUIRED"),
            ("protected_until", "REQUIRED"),
            ("close_time", "NOT_CLOSED"),
            ("submit_time", "DATES_OUT_OF_ORDER"),
            ("decide_time", "DATES_OUT_OF_ORDER"),
            ("close_time", "DATES_OUT_OF_ORDER"),
            ("lines[1].expected_amount", "MIXED_CURRENCY"),
        ],
    )
    assert [(one.field, one.reason) for one in rejected.problems] == [("closure_code", "REQUIRED")]


async def test_what_breaks_a_rule_of_the_proto_is_refused_by_its_path(harness: Harness) -> None:
    [result] = await _take(harness, _row(lines=[], external_id="no spaces"))
    assert result.outcome == REFUSED
    assert {one.field for one in result.problems} == {"lines", "external_id"}


async def test_history_is_kept_as_it_was_told(harness: Harness) -> None:
    times = [LONG_AGO + timedelta(days=day) for day in range(4)]
    row = _row(
        review=pb.REVIEW_CONVERTED,
        stage=pb.STAGE_WON,
        create_time=_stamp(times[0]),
        submit_time=_stamp(times[1]),
        decide_time=_stamp(times[2]),
        protected_until=_stamp(times[2] + timedelta(days=90)),
        close_time=_stamp(times[3]),
    )
    [result] = await _take(harness, row)
    found = await harness.value(REGISTRATIONS, result.id)
    assert (found.create_time, found.submit_time, found.decide_time, found.close_time) == tuple(times)
    assert (found.review, found.stage, found.protected_until) == (
        Review.CONVERTED,
        Stage.WON,
        times[2] + timedelta(days=90),
    )
    assert (found.keys, found.decision_due_time, found.update_time) == ((), None, NOW)
    imported = pb.RegistrationImported(
        registration_id=result.id,
        partner_id=PARTNER,
        review=pb.REVIEW_CONVERTED,
        stage=pb.STAGE_WON,
        country="DE",
        claimed_product_lines=["ROUTERS"],
        create_time=_stamp(times[0]),
        submit_time=_stamp(times[1]),
        decide_time=_stamp(times[2]),
        close_time=_stamp(times[3]),
    )
    assert harness.events() == [("RegistrationImported", 1, imported)]


# What a row needs beside its state, for the states that need anything.
NEEDED: dict[Review, dict[str, Any]] = {
    Review.ACTION_REQUIRED: {"requested_fields": ["lines"]},
    Review.APPROVED: {"protected_until": _stamp(NOW + timedelta(days=5))},
    Review.REJECTED: {"closure_code": pb.CLOSURE_CODE_OTHER},
    Review.CONVERTED: {"stage": pb.STAGE_WON},
}


def _in(review: Review, **fields: Any) -> pb.ImportRegistrationRow:
    return _row(review=pb.Review.Value(f"REVIEW_{review.name}"), **{**NEEDED.get(review, {}), **fields})


@pytest.mark.parametrize("review", Review)
async def test_an_imported_claim_that_is_open_is_a_rival_and_one_that_is_not_is_none(
    harness: Harness, review: Review
) -> None:
    [result] = await _take(harness, _in(review, customer=pb.Customer(legal_name="Acme GmbH", country="DE")))
    assert result.outcome == CREATED
    reg = await harness.submit(await harness.draft(RIVAL, customer=a_customer("ACME")))
    is_open = review in {Review.SUBMITTED, Review.UNDER_REVIEW, Review.ACTION_REQUIRED, Review.APPROVED}
    assert [one.registration_id for one in await harness.conflicts(reg)] == ([result.id] if is_open else [])


FACTS: dict[str, Any] = {
    "closure_code": pb.CLOSURE_CODE_OTHER,
    "requested_fields": ["lines"],
    "submit_time": _stamp(LONG_AGO),
    "decide_time": _stamp(LONG_AGO),
    "protected_until": _stamp(LONG_AGO),
    "close_time": _stamp(LONG_AGO),
}

# By state: the facts that it can have.
ENDED = {"closure_code", "submit_time", "decide_time", "protected_until", "close_time"}

CAN_HAVE = {
    Review.DRAFT: set[str](),
    Review.SUBMITTED: {"submit_time"},
    Review.UNDER_REVIEW: {"submit_time"},
    Review.ACTION_REQUIRED: {"submit_time", "requested_fields"},
    Review.APPROVED: {"submit_time", "decide_time", "protected_until"},
    Review.REJECTED: ENDED - {"protected_until"},
    Review.WITHDRAWN: ENDED,
    Review.EXPIRED: ENDED - {"closure_code"},
    Review.CONVERTED: ENDED - {"closure_code"},
    Review.CANCELED: ENDED,
}


@pytest.mark.parametrize("review", Review)
async def test_what_cannot_be_of_a_claim_in_its_state_is_refused(harness: Harness, review: Review) -> None:
    for field, value in FACTS.items():
        [result] = await _take(harness, _in(review, external_id=field, **{field: value}))
        reason = "NOT_CLOSED" if field == "close_time" else "CONTRADICTION"
        problems = [(one.field, one.reason) for one in result.problems]
        assert problems == ([] if field in CAN_HAVE[review] else [(field, reason)])


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (_in(Review.ACTION_REQUIRED, requested_fields=[]), ("requested_fields", "REQUIRED")),
        (_in(Review.CONVERTED, stage=pb.STAGE_COMMITTED), ("stage", "CONTRADICTION")),
        (_in(Review.DRAFT, stage=pb.STAGE_WON), ("stage", "CONTRADICTION")),
        (
            _in(Review.APPROVED, decide_time=_stamp(LONG_AGO), protected_until=_stamp(LONG_AGO - timedelta(days=1))),
            ("protected_until", "DATES_OUT_OF_ORDER"),
        ),
        (_in(Review.EXPIRED, protected_until=_stamp(NOW + timedelta(1))), ("protected_until", "DATES_OUT_OF_ORDER")),
        (_row(partner_id="", partner_external_id="C-7"), ("partner_external_source", "REQUIRED")),
    ],
)
async def test_what_contradicts_itself_is_refused(
    harness: Harness, row: pb.ImportRegistrationRow, problem: tuple[str, str]
) -> None:
    [result] = await _take(harness, row)
    assert (result.outcome, [(one.field, one.reason) for one in result.problems]) == (REFUSED, [problem])


@pytest.mark.parametrize("review", [Review.SUBMITTED, Review.UNDER_REVIEW])
async def test_no_clock_runs_for_an_imported_claim_until_the_partner_submits_it_here(
    harness: Harness, review: Review
) -> None:
    customer = pb.Customer(legal_name="Acme GmbH", country="DE")
    [result] = await _take(harness, _in(review, submit_time=_stamp(LONG_AGO), customer=customer))
    reg = await harness.value(REGISTRATIONS, result.id)
    assert (reg.decision_due_time, decision_deadline(harness.env, reg)) == (None, None)
    if review is Review.SUBMITTED:
        await harness.run(decisions.start_review, decisions.StartReview, id=reg.id)
    command: Any = decisions.RequestChanges
    asked = await harness.run(decisions.request_changes, command, id=reg.id, requested_fields=("lines",))
    await _is_due_as_if_new(harness, asked)


async def test_an_imported_claim_that_was_sent_back_is_answered_here(harness: Harness) -> None:
    row = _in(Review.ACTION_REQUIRED, submit_time=_stamp(LONG_AGO), requested_fields=["description"])
    [result] = await _take(harness, row)
    reg = await harness.value(REGISTRATIONS, result.id)
    changes = RegistrationChanges(description=PersonalText(text="Two sites"))
    changed = await harness.run(drafts.update_registration, drafts.UpdateRegistration, id=reg.id, changes=changes)
    await _is_due_as_if_new(harness, changed)


async def _is_due_as_if_new(harness: Harness, asked: Registration) -> None:
    """Once submitted, it is due when a claim that was made now would be; until then there is no clock."""
    assert (asked.pauses, decision_deadline(harness.env, asked)) == ((), None)
    again, new = await harness.submit(asked), await harness.submit(await harness.draft())
    assert (again.submit_time, again.decision_due_time) == (LONG_AGO, new.decision_due_time)
    shown = decision_deadline(harness.env, again)
    assert shown is not None
    assert shown.due == again.decision_due_time


@pytest.mark.parametrize("validate_only", [False, True])
async def test_a_row_with_an_erased_person_is_refused_and_says_so(harness: Harness, *, validate_only: bool) -> None:
    store = harness.env.store
    assert isinstance(store, SealedStore)
    await store.ledger.suppress(sought(harness.env.keys, Person(email="ANNA@example.org"), ""), "dsr_local_1")
    anna = person_pb2.Person(name="Anna", email="anna@example.org")
    refused, taken = await _take(harness, _row(1, customer_contact=anna), _row(2), validate_only=validate_only)
    assert (refused.outcome, refused.problems[0].reason) == (REFUSED, "PERSON_ERASED")
    assert taken.outcome == CREATED
    assert len((await store.find(Query(kind=REGISTRATIONS))).rows) == (0 if validate_only else 1)


async def test_no_update_brings_back_an_erased_person(harness: Harness) -> None:
    [created] = await _take(harness, _row(1))
    store = harness.env.store
    assert isinstance(store, SealedStore)
    await store.ledger.suppress(sought(harness.env.keys, Person(email="anna@example.org"), ""), "dsr_local_1")
    anna = person_pb2.Person(name="Anna", email="anna@example.org")
    for field in ("customer_contact", "sales_contact"):
        [refused] = await _take(harness, _row(1, **{field: anna}))
        assert (refused.outcome, [one.reason for one in refused.problems]) == (REFUSED, ["PERSON_ERASED"])
    assert (await harness.value(REGISTRATIONS, created.id)).version == 1
