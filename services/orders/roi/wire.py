"""Protobuf to commands and statements to protobuf, by field name."""

from collections.abc import Collection

from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from services.orders.roi import usecases
from services.orders.roi.domain.statement import Return, RoiStatement, computed
from services.orders.roi.domain.terms import BenefitKind

PUT = Mapper(usecases.PutRoiStatement, pb.PutRoiStatementRequest)
GET = Mapper(usecases.GetRoiStatement, pb.GetRoiStatementRequest)
LIST = Mapper(usecases.ListRoiStatements, pb.ListRoiStatementsRequest)
_STATEMENT = Mapper(RoiStatement, pb.RoiStatement)
_RETURN = Mapper(Return, pb.RoiStatement)


def statement(found: RoiStatement, off: Collection[BenefitKind] = ()) -> pb.RoiStatement:
    """A statement with its return. off: the benefits that the reader does not count."""
    message = _STATEMENT.encode(found)
    message.MergeFrom(_RETURN.encode(computed(found, off)))
    return message
