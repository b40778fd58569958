"""The kind of erasures."""

from libs.store.port import Index, Kind
from services.compliance.erasure.domain import Erasure

ERASURES = Kind("erasure", Erasure, (Index(("state",)),))

KINDS = (ERASURES,)
