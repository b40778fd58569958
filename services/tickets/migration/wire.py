"""Imported rows to commands, by field name."""

from libs.call import Call
from libs.mapping import Mapper
from libs.pb.prm.tickets import v1 as pb
from libs.rpc.imports import row_hash
from services.tickets.migration import usecases

_ROW = Mapper(usecases.ImportTicket, pb.ImportTicketRow)


def row(message: pb.ImportTicketRow, call: Call, *, update: bool) -> usecases.ImportTicket:
    """The command to import a row; equal rows have equal hashes. update: whether it may continue a ticket."""
    return _ROW.decode(message, call=call, row_hash=row_hash(message), update=update)
