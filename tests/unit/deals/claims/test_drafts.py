"""What a draft may say, and what a correction may change."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.errors import InvalidInput
from libs.money import Money
from services.deals.claims.domain import drafts
from services.deals.claims.domain.registration import (
    ClaimContent,
    Customer,
    Registration,
    RegistrationChanges,
    RegistrationLine,
)
from services.deals.claims.domain.states import Review
from tests.builders import NOW, an_id
from tests.unit.deals.registrations import a_registration

LATER = NOW + timedelta(days=1)


def test_only_requested_fields_may_be_edited_and_every_other_one_is_named() -> None:
    reg = a_registration(Review.ACTION_REQUIRED)
    with pytest.raises(InvalidInput) as refused:
        drafts.update(reg, RegistrationChanges(lines=reg.lines, customer=reg.customer, description=None), now=LATER)
    assert [(v.field, v.reason) for v in refused.value.violations] == [
        ("customer", "NOT_REQUESTED"),
        ("description", "NOT_REQUESTED"),
    ]


@given(st.lists(st.sampled_from(["EUR", "USD", "JPY"]), max_size=6))
def test_amounts_of_one_currency_are_summed_and_mixed_ones_refused(currencies: list[str]) -> None:
    lines = tuple(
        RegistrationLine(sku=f"S{n}", expected_amount=Money(n + 1, currency)) for n, currency in enumerate(currencies)
    )
    for write in (_created, _updated):
        if len(set(currencies)) > 1:
            with pytest.raises(InvalidInput) as refused:
                write(lines)
            wrong = [f"lines[{n}].expected_amount" for n, one in enumerate(currencies) if one != currencies[0]]
            assert [v.field for v in refused.value.violations] == wrong
        else:
            expected = Money(sum(range(len(lines) + 1)), currencies[0]) if currencies else None
            assert (write(lines).lines, write(lines).expected_amount) == (lines, expected)


def _created(lines: tuple[RegistrationLine, ...]) -> Registration:
    content = ClaimContent(
        partner_id=an_id("ptn"),
        customer=Customer(legal_name="Acme", country="DE"),
        customer_contact=None,
        sales_contact=None,
        lines=lines,
        expected_close_date=None,
        description=None,
    )
    return drafts.create(content, id=an_id("reg"), now=NOW)[0]


def _updated(lines: tuple[RegistrationLine, ...]) -> Registration:
    return drafts.update(a_registration(), RegistrationChanges(lines=lines), now=LATER)[0]
