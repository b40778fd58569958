"""How long rows are kept, by which law, and what happens to them then; see README.md."""

from libs.retention.grounds import WithholdingGround
from libs.retention.periods import Period, end_of
from libs.retention.rules import Kept, Retention, When, due_by, kept_by, retained
from libs.retention.tables import Action, RecordPeriod, ScheduleRow, Standing, period_of, periods, schedule

__all__ = [
    "Action",
    "Kept",
    "Period",
    "RecordPeriod",
    "Retention",
    "ScheduleRow",
    "Standing",
    "When",
    "WithholdingGround",
    "due_by",
    "end_of",
    "kept_by",
    "period_of",
    "periods",
    "retained",
    "schedule",
]
