"""Structs and messages say the same, whatever is left out of either."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money as WireMoney
from hypothesis import given
from hypothesis import strategies as st

from libs.errors import InvalidInput
from libs.mapping import Mapper, to_wire
from libs.money import Money
from libs.pb.prm.common.v1 import deadline_pb2
from libs.pb.prm.deals import v1 as pb
from services.deals.claims.domain.registration import Customer, Registration, RegistrationLine
from services.deals.claims.domain.states import ClosureCode, Review

_AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
_EUROS = Money(-12_345_678, "EUR")
_FULL = Registration(
    id="reg_local_1",
    version=7,
    partner_id="ptn_local_1",
    customer=Customer(legal_name="Müller", country="DE"),
    review=Review.REJECTED,
    closure_code=ClosureCode.DUPLICATE,
    lines=(RegistrationLine(sku="A", expected_amount=_EUROS), RegistrationLine(sku="B", quantity=3)),
    expected_amount=_EUROS,
    expected_close_date=date(2027, 2, 28),
    requested_fields=("lines", "customer"),
    create_time=_AT,
    update_time=_AT,
)
_REGISTRATIONS = Mapper(Registration, pb.Registration)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """Some fields of a CreateRegistrationRequest."""

    partner_id: str
    lines: tuple[RegistrationLine, ...] = ()
    expected_close_date: date | None = None


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Some fields of a Deadline."""

    target: timedelta
    remaining: timedelta | None = None


_DRAFTS = Mapper(Draft, pb.CreateRegistrationRequest)
_SPANS = Mapper(Span, deadline_pb2.Deadline)

MONEY = st.builds(Money, st.integers(-(10**17), 10**17), st.sampled_from(["EUR", "JPY"]))
LINES = st.builds(
    RegistrationLine,
    sku=st.text(max_size=3),
    product_line=st.text(max_size=3),
    quantity=st.integers(0, 3),
    expected_amount=st.none() | MONEY,
)
DRAFTS = st.builds(
    Draft,
    partner_id=st.text(max_size=3),
    lines=st.lists(LINES, max_size=3).map(tuple),
    expected_close_date=st.none() | st.dates(),
)


def test_what_is_written_is_read_back() -> None:
    message = pb.Registration.FromString(_REGISTRATIONS.encode(_FULL).SerializeToString())
    assert _REGISTRATIONS.decode(message, version=7, create_time=_AT, update_time=_AT) == _FULL


@given(DRAFTS)
def test_a_message_is_what_its_fields_make_one_by_one(draft: Draft) -> None:
    message = pb.CreateRegistrationRequest(partner_id=draft.partner_id)
    if draft.expected_close_date is not None:
        message.expected_close_date.CopyFrom(to_wire(draft.expected_close_date))
    for line in draft.lines:
        one = message.lines.add(sku=line.sku, product_line=line.product_line, quantity=line.quantity)
        if line.expected_amount is not None:
            one.expected_amount.CopyFrom(to_wire(line.expected_amount))
    assert _DRAFTS.encode(draft) == message


def test_values_have_their_wire_form() -> None:
    message = _REGISTRATIONS.encode(_FULL)
    amount = WireMoney(currency_code="EUR", units=-1234, nanos=-567_800_000)
    assert (message.etag, message.review, message.expected_amount, message.lines[0].expected_amount) == (
        "7",
        pb.REVIEW_REJECTED,
        amount,
        amount,
    )
    assert message.create_time.ToDatetime(UTC) == _AT
    assert list(message.requested_fields) == ["lines", "customer"]


def test_none_is_absent_and_a_zero_that_has_presence_is_not() -> None:
    message = _SPANS.encode(Span(target=timedelta()))
    assert (message.HasField("target"), message.HasField("remaining")) == (True, False)
    assert _SPANS.decode(message) == Span(target=timedelta(), remaining=None)


def test_an_empty_message_has_the_zero_values_not_the_defaults_of_the_struct() -> None:
    request = pb.CreateRegistrationRequest(lines=[pb.RegistrationLine()])
    line = RegistrationLine(sku="", product_line="", quantity=0, expected_amount=None)
    assert _DRAFTS.decode(request) == Draft(partner_id="", lines=(line,), expected_close_date=None)


def test_extra_fields_are_set_both_ways() -> None:
    assert _DRAFTS.encode(Draft(partner_id="p"), request_id="r").request_id == "r"
    request = pb.CreateRegistrationRequest(partner_id="p")
    assert _DRAFTS.decode(request, partner_id="q") == Draft(partner_id="q")


def test_every_value_without_a_meaning_is_named() -> None:
    bad = pb.RegistrationLine(expected_amount=WireMoney(currency_code="XYZ", units=1, nanos=-1))
    request = pb.CreateRegistrationRequest(
        lines=[pb.RegistrationLine(), bad, bad], expected_close_date=Date(year=2026, month=2, day=30)
    )
    with pytest.raises(InvalidInput) as refused:
        _DRAFTS.decode(request)
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        ("lines[1].expected_amount.currency_code", "UNKNOWN_CURRENCY"),
        ("lines[1].expected_amount.nanos", "BAD_AMOUNT"),
        ("lines[2].expected_amount.currency_code", "UNKNOWN_CURRENCY"),
        ("lines[2].expected_amount.nanos", "BAD_AMOUNT"),
        ("expected_close_date", "NOT_A_DATE"),
    ]


def test_an_unknown_enum_value_is_refused_by_name() -> None:
    line = pb.Registration(review=99)  # type: ignore[arg-type]  # what an older client may send
    with pytest.raises(InvalidInput, match="must be one of REVIEW_DRAFT"):
        _REGISTRATIONS.decode(line)


def test_single_values_become_messages() -> None:
    assert to_wire(date(2026, 2, 3)) == Date(year=2026, month=2, day=3)
    assert to_wire(Money(10_000, "EUR")) == WireMoney(currency_code="EUR", units=1)
    assert to_wire(timedelta(microseconds=-1)).ToTimedelta() == timedelta(microseconds=-1)
