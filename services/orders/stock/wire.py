"""Protobuf to commands and stock to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from services.orders.settings import StockPolicy
from services.orders.stock import usecases
from services.orders.stock.domain.ledger import Discrepancy
from services.orders.stock.domain.movement import Movement
from services.orders.stock.domain.position import Position, Stock
from services.orders.stock.domain.proposals import Proposal

REPORT = Mapper(usecases.ReportStock, pb.ReportStockRequest)
EXPLAIN = Mapper(usecases.ExplainStock, pb.ExplainStockRequest)
LIST = Mapper(usecases.ListStock, pb.ListStockRequest)
LIST_MOVEMENTS = Mapper(usecases.ListStockMovements, pb.ListStockMovementsRequest)
PROPOSE = Mapper(usecases.ProposeStock, pb.ProposeStockRequest)

MOVEMENT = Mapper(Movement, pb.StockMovement)
PROPOSAL = Mapper(Proposal, pb.StockProposal)

_POSITION = Mapper(Position, pb.Stock)
_STOCK = Mapper(Stock, pb.Stock)
_POLICY = Mapper(StockPolicy, pb.StockPolicy)
_DISCREPANCY = Mapper(Discrepancy, pb.StockDiscrepancy)


def shown(stock: Stock) -> pb.Stock:
    """A position with what it means."""
    found = _POSITION.encode(stock.position)
    found.MergeFrom(_STOCK.encode(stock))
    return found


def explained(found: usecases.Explained) -> pb.ExplainStockResponse:
    """A position with its policy and evidence."""
    return pb.ExplainStockResponse(
        stock=shown(found.stock),
        policy=_POLICY.encode(found.policy),
        movements=[MOVEMENT.encode(one) for one in found.movements],
        discrepancies=[_DISCREPANCY.encode(one) for one in found.discrepancies],
        movements_left_off=found.movements_left_off,
        discrepancies_left_off=found.discrepancies_left_off,
    )
