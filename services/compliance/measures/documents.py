"""The kind of measures."""

from libs.store.port import Kind
from services.compliance.measures.domain import Measure

MEASURES = Kind("measure", Measure)

KINDS = (MEASURES,)
