"""Protobuf to commands and checks to protobuf, by field name."""

from libs.call import Call
from libs.ids import digits
from libs.mapping import Mapper
from libs.pb.prm.compliance import v1 as pb
from services.compliance.verification import usecases
from services.compliance.verification.domain import CODE_DIGITS, IdentityCheck

CHECK = Mapper(IdentityCheck, pb.IdentityCheck)

GET = Mapper(usecases.GetIdentityCheck, pb.GetIdentityCheckRequest)
CONFIRM = Mapper(usecases.ConfirmCode, pb.ConfirmCodeRequest)
RECORD = Mapper(usecases.RecordIdentityCheck, pb.RecordIdentityCheckRequest)

_ISSUE = Mapper(usecases.IssueCode, pb.IssueCodeRequest)


def issue(request: pb.IssueCodeRequest, call: Call) -> usecases.IssueCode:
    """The command, with a new code."""
    return _ISSUE.decode(request, call=call, code=digits(CODE_DIGITS))
