"""Events about conflicts, as published to other services; the protos describe each."""

from services.deals.claims.domain.states import OverrideReason
from services.deals.claims.events import RegistrationEvent
from services.deals.conflicts.domain.keys import MatchKey


class ConflictFound(RegistrationEvent, frozen=True, kw_only=True):
    other_registration_id: str
    other_partner_id: str
    score: int
    keys: tuple[MatchKey, ...]


class ConflictOverridden(RegistrationEvent, frozen=True, kw_only=True):
    reason: OverrideReason
    score: int
    overridden_registration_ids: tuple[str, ...]
    overridden_cells: tuple[str, ...] = ()


class ProbingFound(RegistrationEvent, frozen=True, kw_only=True):
    claims_taken_back: int
