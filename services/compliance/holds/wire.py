"""Protobuf to commands and holds to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.compliance import v1 as pb
from services.compliance.holds import usecases
from services.compliance.holds.domain import LegalHold

HOLD = Mapper(LegalHold, pb.LegalHold)

PLACE = Mapper(usecases.PlaceLegalHold, pb.PlaceLegalHoldRequest)
RELEASE = Mapper(usecases.ReleaseLegalHold, pb.ReleaseLegalHoldRequest)
LIST = Mapper(usecases.ListLegalHolds, pb.ListLegalHoldsRequest)


def hold(found: LegalHold | None) -> pb.LegalHold | None:
    """The hold as a message; None before the first one about a request is confirmed."""
    return HOLD.encode(found) if found is not None else None
