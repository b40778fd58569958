"""The kind of deals, with its indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.deals.pipeline.domain.deals import PipelineDeal

PIPELINE_DEALS = Kind(
    "pipeline_deal",
    PipelineDeal,
    (
        *serving("partner_id", "state", orders=("", "closed_date", "first_expected_close_date")),
        Index(("unexplained",)),
        Index(("partner_id", "unexplained")),
    ),
    owner="partner_id",
)

KINDS = (PIPELINE_DEALS,)
