"""Protobuf to commands, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.compliance import v1 as pb
from services.compliance.handling import usecases

PAUSE = Mapper(usecases.PauseRequest, pb.PauseRequestRequest)
RESUME = Mapper(usecases.ResumeRequest, pb.ResumeRequestRequest)
COMPLETE = Mapper(usecases.CompleteRequest, pb.CompleteRequestRequest)
DENY = Mapper(usecases.DenyRequest, pb.DenyRequestRequest)
TOLD = Mapper(usecases.RecordRecipientTold, pb.RecordRecipientToldRequest)
WITHDRAW = Mapper(usecases.WithdrawRequest, pb.WithdrawRequestRequest)
