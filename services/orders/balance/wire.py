"""Protobuf to commands; credits, allocations, refunds and statements to protobuf, by field name."""

from libs.mapping import Mapper, encode_money
from libs.pb.prm.orders import v1 as pb
from services.orders.balance.domain.allocation import Allocation
from services.orders.balance.domain.refund import Refund
from services.orders.balance.domain.statement import StatementEntry
from services.orders.balance.usecases import allocating, lookups, payments, refunds, reversals, statements
from services.orders.credit.domain import PartnerCredit

CREDIT = Mapper(PartnerCredit, pb.PartnerCredit)
ALLOCATION = Mapper(Allocation, pb.Allocation)
REFUND = Mapper(Refund, pb.Refund)
RECORD_PAYMENT = Mapper(payments.RecordPaymentOnAccount, pb.RecordPaymentOnAccountRequest)
ALLOCATE = Mapper(allocating.AllocateCredit, pb.AllocateCreditRequest)
REVERSE_ALLOCATION = Mapper(allocating.ReverseAllocation, pb.ReverseAllocationRequest)
REVERSE_PAYMENT = Mapper(reversals.ReversePayment, pb.ReversePaymentRequest)
RECORD_REFUND = Mapper(refunds.RecordRefund, pb.RecordRefundRequest)
GET_CREDIT = Mapper(lookups.GetCredit, pb.GetCreditRequest)
LIST_OPEN = Mapper(lookups.ListOpenCredits, pb.ListOpenCreditsRequest)
GET_STATEMENT = Mapper(statements.GetStatement, pb.GetStatementRequest)
_ENTRY = Mapper(StatementEntry, pb.StatementEntry)


def overview(one: lookups.CreditOverview) -> pb.GetCreditResponse:
    """The answer with a credit and its allocations."""
    return pb.GetCreditResponse(
        credit=CREDIT.encode(one.credit), allocations=[ALLOCATION.encode(row) for row in one.allocations]
    )


def statement(page: statements.StatementPage) -> pb.GetStatementResponse:
    """The answer with a page of a statement."""
    made = page.statement
    return pb.GetStatementResponse(
        opening_balance=encode_money(made.opening_balance),
        entries=[_ENTRY.encode(entry) for entry in made.entries],
        closing_balance=encode_money(made.closing_balance),
        next_page_token=page.next_page_token,
    )
