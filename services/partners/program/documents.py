"""The kind of versions of programmes, with its indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.partners.program.domain.program import Program

PROGRAMS = Kind(
    "program",
    Program,
    (*serving("code", "state", orders=("", "update_time")), Index(("code", "number"), unique=True)),
)

KINDS = (PROGRAMS,)
