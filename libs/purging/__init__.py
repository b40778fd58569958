"""Deletes rows and erases persons whose retention period has ended, in the store of each service; see README.md."""

from libs.purge_report import PurgedRows, PurgeRunEnded, is_genuine, report_text
from libs.purging.documents import FREEZES, GATES, RUNS
from libs.purging.freezes import FREEZE_ALL, FREEZE_CONSUMER, frozen_hashes
from libs.purging.run import purging, rehearsing

KINDS = (RUNS, GATES, FREEZES)

__all__ = [
    "FREEZES",
    "FREEZE_ALL",
    "FREEZE_CONSUMER",
    "GATES",
    "KINDS",
    "RUNS",
    "PurgeRunEnded",
    "PurgedRows",
    "frozen_hashes",
    "is_genuine",
    "purging",
    "rehearsing",
    "report_text",
]
