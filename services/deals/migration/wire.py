"""Imported rows to commands, by field name."""

from libs.call import Call
from libs.mapping import Mapper
from libs.pb.prm.deals import v1 as pb
from libs.rpc.imports import row_hash
from services.deals.migration import usecases

_ROW = Mapper(usecases.ImportRegistration, pb.ImportRegistrationRow)


def row(message: pb.ImportRegistrationRow, call: Call) -> usecases.ImportRegistration:
    """The command for an imported row; equal rows have equal hashes."""
    return _ROW.decode(message, call=call, row_hash=row_hash(message))
