"""Lists and moves what a service has of a partner or a person who leaves, and states it."""

from libs.handover.documents import HANDED_ROWS, TASKS
from libs.handover.rows import Leaving, MoveRow, OpenRows, sealed_users
from libs.handover.taking_part import handing_over, taking_part

__all__ = [
    "HANDED_ROWS",
    "TASKS",
    "Leaving",
    "MoveRow",
    "OpenRows",
    "handing_over",
    "sealed_users",
    "taking_part",
]
