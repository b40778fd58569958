"""Imported rows to commands, by field name."""

from libs.call import Call
from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from libs.rpc.imports import row_hash
from services.partners.migration import usecases
from services.partners.record.domain.profile import Profile

_ROW = Mapper(usecases.ImportPartner, pb.ImportPartnerRow)
_PROFILE = Mapper(Profile, pb.ImportPartnerRow)


def row(message: pb.ImportPartnerRow, call: Call) -> usecases.ImportPartner:
    """The command to import a row; equal rows have equal hashes."""
    return _ROW.decode(message, call=call, profile=_PROFILE.decode(message), row_hash=row_hash(message))
