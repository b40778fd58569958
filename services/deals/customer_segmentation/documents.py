"""The kinds of the segmentation of end customers, with their indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.deals.customer_segmentation.domain.rule import CustomerSegmentationRule
from services.deals.customer_segmentation.domain.run import CustomerRow, CustomerRun
from services.deals.customers.documents import CUSTOMERS

SEGMENTATION_RULES = Kind(
    "customer_segmentation_rule",
    CustomerSegmentationRule,
    (Index(("number",), unique=True), *serving("state", orders=("", "update_time"))),
)
RUNS = Kind("customer_segmentation", CustomerRun, (Index(("due_at",)), Index(("phase", "quarter"))))
ROWS = Kind(
    "customer_segment",
    CustomerRow,
    (
        *(Index(("run_id", *one.fields)) for one in serving("class_code", "life_cycle", "moved", orders=("negated",))),
        Index(("customer_id",)),
    ),
    derived_from=(CUSTOMERS, "customer_id"),
)

KINDS = (SEGMENTATION_RULES, RUNS, ROWS)
