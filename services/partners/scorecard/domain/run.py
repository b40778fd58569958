"""A run closes the cards of one model for one quarter, page by page, and looks at them again afterwards.

SCORING -> RANKING -> CLOSED -> (looks again once a day) -> CLOSED, until nothing is revised any more
"""

from datetime import date, datetime, timedelta
from enum import Enum

from msgspec.structs import replace

from libs.document import Document
from services.partners.scorecard.domain.model import ScorecardModel

AGAIN_AFTER = timedelta(days=1)


class RunPhase(Enum):
    """What the run does next."""

    SCORING = "SCORING"
    RANKING = "RANKING"
    CLOSED = "CLOSED"


class ScorecardRun(Document, frozen=True, kw_only=True):
    """The run of a model and quarter; the id is `run_id`. cursor: where the next page of the phase begins. due_at: when
    it goes on; None: never. end_of_revisions: from when on nothing is revised any more."""

    model_id: str
    model_code: str
    quarter: date
    phase: RunPhase = RunPhase.SCORING
    cursor: str = ""
    due_at: datetime | None = None
    end_of_revisions: datetime
    update_time: datetime


def run_id(model_code: str, quarter: date) -> str:
    """The id of the run of a model and quarter."""
    return f"{model_code}:{quarter.isoformat()}"


def opened(model: ScorecardModel, quarter: date, *, now: datetime, closes_at: datetime) -> ScorecardRun:
    """A new run. closes_at: when the quarter is over and settled in the time zone of the cell."""
    return ScorecardRun(
        id=run_id(model.code, quarter),
        model_id=model.id,
        model_code=model.code,
        quarter=quarter,
        due_at=now,
        end_of_revisions=closes_at + timedelta(days=model.revised_for_days),
        update_time=now,
    )


def went_on(run: ScorecardRun, cursor: str, *, now: datetime) -> ScorecardRun:
    """The run after a page of its phase: at the next page or, without a cursor, in the next phase."""
    if cursor:
        return replace(run, cursor=cursor, update_time=now)
    if run.phase is RunPhase.SCORING:
        return replace(run, phase=RunPhase.RANKING, cursor="", update_time=now)
    again = now + AGAIN_AFTER
    due_at = again if again < run.end_of_revisions else None
    return replace(run, phase=RunPhase.CLOSED, cursor="", due_at=due_at, update_time=now)


def waiting(run: ScorecardRun, until: datetime, *, now: datetime) -> ScorecardRun:
    """The run, going on at `until`."""
    return replace(run, due_at=until, update_time=now)
