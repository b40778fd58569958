"""Protobuf to commands and conflicts to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.deals import v1 as pb
from services.deals.conflicts import usecases
from services.deals.conflicts.domain.matching import Conflict

CONFLICT = Mapper(Conflict, pb.Conflict)
LIST = Mapper(usecases.ListConflicts, pb.ListConflictsRequest)
