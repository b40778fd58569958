"""The kinds of stock: movements, reports as they were, positions and sales per period."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.orders.stock.domain.movement import Movement, MovementRevision
from services.orders.stock.domain.position import Position
from services.orders.stock.domain.sales import Sales

MOVEMENTS = Kind(
    "stock_movement",
    Movement,
    (*serving("partner_id", "sku", orders=("", "date")),),
    owner="partner_id",
)
REVISIONS = Kind("stock_movement_revision", MovementRevision, owner="partner_id")
POSITIONS = Kind(
    "stock_position", Position, (*serving("partner_id", "sku", orders=("", "update_time")),), owner="partner_id"
)
SALES = Kind("stock_sales", Sales, (Index(("sku",)), Index(("partner_id", "sku"))), owner="partner_id")

KINDS = (MOVEMENTS, REVISIONS, POSITIONS, SALES)
