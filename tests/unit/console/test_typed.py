"""What was typed becomes the request that was meant, in every language, and a message what would be typed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.pb.prm.deals import v1 as pb
from services.console.forms import Form, without_blank_rows
from services.console.language import LANGUAGES, Languages, Speech, read_catalogues
from services.console.methods import METHODS
from services.console.typed import Reader, data_of

LINES = "lines[{}].{}"
SPOKEN = Languages("Asia/Riyadh", read_catalogues())
SPEECHES: dict[str, Speech] = {tag: SPOKEN.of(tag) for tag in LANGUAGES}


def claim(units: int, nanos: int, text: str, quantity: int) -> pb.CreateRegistrationRequest:
    request = pb.CreateRegistrationRequest(customer=pb.Customer(legal_name=text))
    line = request.lines.add(sku=text, quantity=quantity)
    line.expected_amount.units, line.expected_amount.nanos = units, nanos
    line.expected_amount.currency_code = "EUR"
    return request


@given(
    st.sampled_from(sorted(LANGUAGES)),
    st.integers(0, 10**15),
    st.integers(0, 999_999_999),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=20),
    st.integers(1, 10**9),
)
def test_a_message_is_typed_and_read_back_whole(tag: str, units: int, nanos: int, text: str, quantity: int) -> None:
    meant = claim(units, nanos, text, quantity)
    reader, found = Reader(SPEECHES[tag], data_of(meant, SPEECHES[tag])), pb.CreateRegistrationRequest()
    reader.fill(found)
    assert reader.violations == []
    assert found == meant


@pytest.mark.parametrize(
    ("tag", "typed", "amount"),
    [
        ("en", "1,250.50", "1250.50"),
        ("de", "1.250,50", "1250.50"),
        ("fr", "1250,5", "1250.5"),
        ("ar", "1250.5", "1250.5"),
    ],
)
def test_an_amount_is_read_as_its_language_writes_it(tag: str, typed: str, amount: str) -> None:
    assert SPEECHES[tag].parsed(typed) == Decimal(amount)


@pytest.mark.parametrize("typed", ["1e999999999999", "-1e40000000", "0e40000000", "9" * 200_000])
def test_a_number_of_millions_of_digits_is_not_written_out(typed: str) -> None:
    with pytest.raises(ValueError, match="too l"):
        SPEECHES["en"].parsed(typed)


@pytest.mark.parametrize("typed", ["a lot", "1.2.3", "1e999999", "NaN", "9" * 40, "1.0000000001", "--1"])
def test_an_amount_that_cannot_be_read_is_a_violation_of_its_input(typed: str) -> None:
    reader = Reader(SPEECHES["en"], {LINES.format(0, "expected_amount"): [typed]})
    reader.fill(pb.CreateRegistrationRequest())
    assert [one.field for one in reader.violations] == ["lines[0].expected_amount"]


@pytest.mark.parametrize("typed", ["2026-02-30", "tomorrow", "99999-01-01"])
def test_a_day_that_is_none_is_a_violation_of_its_input(typed: str) -> None:
    reader = Reader(SPEECHES["en"], {"expected_close_date": [typed]})
    reader.fill(pb.CreateRegistrationRequest())
    assert [one.field for one in reader.violations] == ["expected_close_date"]


def test_rows_that_hold_nothing_are_left_out_and_the_others_close_up() -> None:
    typed = {
        LINES.format(0, "sku"): [""],
        LINES.format(0, "expected_amount.currency_code"): ["EUR"],
        LINES.format(2, "sku"): ["RTR-100"],
        LINES.format(2, "expected_amount.currency_code"): ["EUR"],
        "description": ["text"],
    }
    assert without_blank_rows(typed) == {
        LINES.format(0, "sku"): ["RTR-100"],
        LINES.format(0, "expected_amount.currency_code"): ["EUR"],
        "description": ["text"],
    }


def test_the_inputs_follow_from_the_rules_of_the_proto() -> None:
    method = METHODS["deals.CreateRegistration"]
    found = {one.name: one for one in Form(SPEECHES["en"], {}).inputs(method.descriptor.input_type)}
    assert "request_id" not in found
    customer = {one.name: one for one in found["customer"].inside}
    name = customer["customer.legal_name"]
    assert (name.kind, name.max_chars, name.required, name.label) == ("text", 200, True, "Legal name")
    assert customer["customer.registration_id"].label == "Registration ID"
    quantity = next(one for one in found["lines"].rows[0] if one.name == "lines[0].quantity")
    assert (quantity.kind, quantity.lowest, quantity.highest) == ("number", "1", "1000000000")
    assert found["description"].kind == "area"
    assert found["expected_close_date"].kind == "day"


def test_every_act_and_filter_has_inputs() -> None:
    for key, method in METHODS.items():
        Form(SPEECHES["en"], {}).inputs(method.descriptor.input_type)
        reader, message = Reader(SPEECHES["en"], {}), method.request()
        reader.fill(message)
        assert message == method.request(), key
