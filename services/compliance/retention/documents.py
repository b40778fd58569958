"""The kind of purge reports."""

from libs.store.paging import serving
from libs.store.port import Kind
from services.compliance.retention.domain import PurgeReport

REPORTS = Kind("purge_report", PurgeReport, serving("rehearsal", orders=("", "update_time")))

KINDS = (REPORTS,)
