"""The events of scorecards; the protos document each of them."""

from datetime import date

import msgspec


class ScorecardModelPublished(msgspec.Struct, frozen=True, kw_only=True):
    scorecard_model_id: str
    code: str
    number: int
    effective_day: date


class ScorecardModelWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    scorecard_model_id: str
    code: str
    number: int


class ScorecardClosed(msgspec.Struct, frozen=True, kw_only=True):
    scorecard_id: str
    partner_id: str
    model_code: str
    quarter: date
    revision: int
    previous_scorecard_id: str
    scored: bool
    score: int


class ScorecardPublished(msgspec.Struct, frozen=True, kw_only=True):
    scorecard_id: str
    partner_id: str
    quarter: date
