"""Protobuf to commands; entries, statements and simulations to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from services.orders.ledger.domain.crediting import SalesShare
from services.orders.ledger.domain.entry import Entry, Figures, PlanBook
from services.orders.ledger.domain.record import SaleRecord
from services.orders.ledger.domain.words import sentences
from services.orders.ledger.usecases import booking, counting, lookups, simulation

ENTRY = Mapper(Entry, pb.LedgerEntry)
SET_SHARES = Mapper(counting.SetSalesShares, pb.SetSalesSharesRequest)
LIST = Mapper(lookups.ListEntries, pb.ListEntriesRequest)
EXPLAIN = Mapper(lookups.ExplainEntry, pb.ExplainEntryRequest)
GET_STATEMENT = Mapper(lookups.GetIncentiveStatement, pb.GetIncentiveStatementRequest)
CLOSE = Mapper(booking.ClosePeriod, pb.ClosePeriodRequest)
BOOK = Mapper(PlanBook, pb.ClosePeriodResponse)
SIMULATE = Mapper(simulation.SimulateIncentivePlan, pb.SimulateIncentivePlanRequest)
REPLAY = Mapper(booking.Replay, pb.ReplayLedgerRequest)
_FIGURES = Mapper(Figures, pb.GetIncentiveStatementResponse)
_SHARE = Mapper(SalesShare, pb.SalesShare)
_PAY = Mapper(simulation.SimulatedPay, pb.SimulatedPay)
_DIFFERENCE = Mapper(booking.Difference, pb.LedgerDifference)


def shares(record: SaleRecord) -> pb.SetSalesSharesResponse:
    """The answer with the split of a sale."""
    return pb.SetSalesSharesResponse(shares=[_SHARE.encode(one) for one in record.shares])


def explained(entry: Entry) -> pb.ExplainEntryResponse:
    """The answer with an entry and its steps in words."""
    return pb.ExplainEntryResponse(entry=ENTRY.encode(entry), sentences=sentences(entry))


def statement(found: lookups.Statement) -> pb.GetIncentiveStatementResponse:
    """The answer with a statement."""
    return _FIGURES.encode(found.figures, closed=found.closed)


def simulated(found: simulation.Simulation) -> pb.SimulateIncentivePlanResponse:
    """The answer with a simulation."""
    return pb.SimulateIncentivePlanResponse(rows=[_PAY.encode(one) for one in found.rows], orders=found.orders)


def replayed(found: booking.Replayed) -> pb.ReplayLedgerResponse:
    """The answer with what a replay has compared."""
    return pb.ReplayLedgerResponse(
        accounts=found.accounts,
        entries=found.entries,
        differences=[_DIFFERENCE.encode(one) for one in found.differences],
        overdrawn=[_DIFFERENCE.encode(one) for one in found.overdrawn],
        next_page_token=found.next_page_token,
    )
