"""The kind of freezes."""

from libs.store.port import Index, Kind
from services.compliance.freezes.domain import PersonFreeze

FREEZES = Kind("person_freeze", PersonFreeze, (Index(("active",)),))

KINDS = (FREEZES,)
