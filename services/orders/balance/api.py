"""The gRPC side of balances: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.orders import v1 as pb
from services.orders.balance import wire
from services.orders.balance.usecases import allocating, lookups, payments, refunds, reversals, statements
from services.orders.billing.wire import PAYMENT
from services.orders.settings import Env


class Api:
    """The RPCs for payments on account, credits, allocations, refunds and statements."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def RecordPaymentOnAccount(
        self, request: pb.RecordPaymentOnAccountRequest, call: Call
    ) -> pb.RecordPaymentOnAccountResponse:
        command = wire.RECORD_PAYMENT.decode(request, call=call)
        done = await self._env.run(payments.record_payment_on_account, command)
        return pb.RecordPaymentOnAccountResponse(credit=wire.CREDIT.encode(done))

    async def AllocateCredit(self, request: pb.AllocateCreditRequest, call: Call) -> pb.AllocateCreditResponse:
        done = await self._env.run(allocating.allocate_credit, wire.ALLOCATE.decode(request, call=call))
        return pb.AllocateCreditResponse(credit=wire.CREDIT.encode(done))

    async def ReverseAllocation(self, request: pb.ReverseAllocationRequest, call: Call) -> pb.ReverseAllocationResponse:
        done = await self._env.run(allocating.reverse_allocation, wire.REVERSE_ALLOCATION.decode(request, call=call))
        return pb.ReverseAllocationResponse(allocation=wire.ALLOCATION.encode(done))

    async def ReversePayment(self, request: pb.ReversePaymentRequest, call: Call) -> pb.ReversePaymentResponse:
        done = await self._env.run(reversals.reverse_payment, wire.REVERSE_PAYMENT.decode(request, call=call))
        return pb.ReversePaymentResponse(payment=PAYMENT.encode(done))

    async def RecordRefund(self, request: pb.RecordRefundRequest, call: Call) -> pb.RecordRefundResponse:
        done = await self._env.run(refunds.record_refund, wire.RECORD_REFUND.decode(request, call=call))
        return pb.RecordRefundResponse(refund=wire.REFUND.encode(done))

    async def GetCredit(self, request: pb.GetCreditRequest, call: Call) -> pb.GetCreditResponse:
        return wire.overview(await lookups.get_credit(self._env, wire.GET_CREDIT.decode(request, call=call)))

    async def ListOpenCredits(self, request: pb.ListOpenCreditsRequest, call: Call) -> pb.ListOpenCreditsResponse:
        page = await lookups.list_open_credits(self._env, wire.LIST_OPEN.decode(request, call=call))
        found = [wire.CREDIT.encode(loaded.value) for loaded in page.rows]
        return pb.ListOpenCreditsResponse(credits=found, next_page_token=page.next_cursor)

    async def GetStatement(self, request: pb.GetStatementRequest, call: Call) -> pb.GetStatementResponse:
        return wire.statement(await statements.get_statement(self._env, wire.GET_STATEMENT.decode(request, call=call)))
