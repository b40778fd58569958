"""The kind of legal holds."""

from libs.store.port import Index, Kind
from services.compliance.holds.domain import LegalHold

HOLDS = Kind("legal_hold", LegalHold, (Index(("state",)),))

KINDS = (HOLDS,)
