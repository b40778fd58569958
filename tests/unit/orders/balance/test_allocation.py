"""Who gets what of whose credit, by the rules alone."""

from collections import Counter

from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from libs.money import Money
from libs.pb.buf.validate import validate_pb2
from libs.pb.prm.orders import v1 as pb
from services.orders.balance.domain.allocation import INVOICES_PER_CALL, Share, oldest_first
from services.orders.balance.domain.refund import CREDITS_PER_REFUND, parts_of
from services.orders.billing.domain.invoice import Invoice, balanced
from services.orders.credit.domain import PartnerCredit, open_credit
from services.orders.record.domain.order import totals_of
from tests.builders import NOW, an_id

AMOUNTS = st.lists(st.integers(1, 50), max_size=6)
TODAY = NOW.date()


def credit(number: int, amount: int) -> PartnerCredit:
    """What we owe by a payment."""
    money = Money(amount, "EUR")
    return open_credit(partner_id="p", amount=money, date=TODAY, payment_id=an_id("pay", number), now=NOW)[0]


def invoice(number: int, amount: int) -> Invoice:
    """What is to pay."""
    money, nothing = Money(amount, "EUR"), Money.zero("EUR")
    return balanced(
        Invoice(
            id=f"i{number}",
            order_id="o",
            partner_id="p",
            number=str(number),
            lines=(),
            totals=totals_of((), "EUR"),
            payable=money,
            paid=nothing,
            credited=nothing,
            credited_total=nothing,
            open=nothing,
            issue_date=TODAY,
            due_date=TODAY,
            create_time=NOW,
            update_time=NOW,
        )
    )


@given(AMOUNTS, AMOUNTS)
def test_the_oldest_credit_settles_the_oldest_invoice(owed: list[int], due: list[int]) -> None:
    credits = [credit(number, amount) for number, amount in enumerate(owed)]
    invoices = [invoice(number, amount) for number, amount in enumerate(due)]
    units = [one.id for one in credits for _ in range(one.open.amount)]
    places = [one.id for one in invoices for _ in range(one.open.amount)]
    expected = Counter(zip(units, places, strict=False))  # ten-thousandth by ten-thousandth
    shares = oldest_first(credits, invoices, most=100)
    assert {(one.credit_id, one.invoice_id): one.amount.amount for one in shares} == expected
    assert oldest_first(credits, invoices, most=2) == shares[:2]


@given(AMOUNTS, st.integers(1, 300))
def test_a_refund_takes_what_it_needs_and_no_more(owed: list[int], wanted: int) -> None:
    if sum(owed) < wanted:
        return
    parts = parts_of(Money(wanted, "EUR"), [credit(number, amount) for number, amount in enumerate(owed)])
    taken = [part.amount.amount for part in parts]
    assert (sum(taken), taken[:-1]) == (wanted, owed[: len(taken) - 1])


def test_the_protos_say_how_many() -> None:
    def most(message: type[Message], field: str) -> int:
        options = message.DESCRIPTOR.fields_by_name[field].GetOptions()
        return int(options.Extensions[validate_pb2.field].repeated.max_items)

    assert most(pb.RecordPaymentOnAccountRequest, "parts") == INVOICES_PER_CALL
    assert most(pb.AllocateCreditRequest, "parts") == INVOICES_PER_CALL
    assert most(pb.RecordRefundRequest, "credit_ids") == CREDITS_PER_REFUND


def test_nothing_open_is_nothing_to_share() -> None:
    assert oldest_first([], [invoice(1, 5)], most=9) == ()
    assert oldest_first([credit(1, 5)], [], most=9) == ()
    assert oldest_first([credit(1, 5)], [invoice(1, 5)], most=9) == (Share(credit(1, 5).id, "i1", Money(5, "EUR")),)
