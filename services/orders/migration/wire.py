"""Imported rows to commands, by field name."""

from libs.call import Call
from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from libs.rpc.imports import row_hash
from services.orders.migration import usecases
from services.orders.migration.domain.history import HistoricDocument

_ROW = Mapper(HistoricDocument, pb.ImportOrderRow)


def row(message: pb.ImportOrderRow, call: Call) -> usecases.ImportDocumentRow:
    """The command to import a row; equal rows have equal hashes."""
    return usecases.ImportDocumentRow(call=call, row=_ROW.decode(message, row_hash=row_hash(message)))
