"""The kind of statements, with its indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.orders.roi.domain.statement import RoiStatement

ROI_STATEMENTS = Kind(
    "roi_statement", RoiStatement, (Index(("terms.code",), unique=True), *serving(orders=("update_time",)))
)

KINDS = (ROI_STATEMENTS,)
