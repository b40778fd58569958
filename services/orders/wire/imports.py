"""Rows of an import, protobuf to command."""

from libs.call import Call
from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from libs.rpc.imports import row_hash
from services.orders.domain.history import HistoricDocument
from services.orders.usecases.imports import ImportDocumentRow

_ROW = Mapper(HistoricDocument, pb.ImportOrderRow)


def row(message: pb.ImportOrderRow, call: Call) -> ImportDocumentRow:
    """An imported row."""
    return ImportDocumentRow(call=call, row=_ROW.decode(message, row_hash=row_hash(message)))
