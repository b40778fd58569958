"""The events of certification; the protos document each of them."""

from datetime import date

import msgspec

from libs.rights import CertifiedTrack, Right
from services.partners.certification.domain.states import CompletionState


class TrackCreated(msgspec.Struct, frozen=True, kw_only=True):
    track_id: str
    code: str


class GateSet(msgspec.Struct, frozen=True, kw_only=True):
    gate_id: str
    right: Right
    product_line: str
    track: str
    persons: int


class CertificationChanged(msgspec.Struct, frozen=True, kw_only=True):
    partner_id: str
    tracks: tuple[CertifiedTrack, ...]


class CompletionEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that every event of a completion has."""

    completion_id: str
    partner_id: str
    track: str
    course: str


class CompletionRecorded(CompletionEvent, frozen=True, kw_only=True):
    last_day: date | None


class CompletionWarned(CompletionEvent, frozen=True, kw_only=True):
    last_day: date
    days: int


class CompletionEnded(CompletionEvent, frozen=True, kw_only=True):
    state: CompletionState
