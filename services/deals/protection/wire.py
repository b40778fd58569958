"""Protobuf to commands, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.deals import v1 as pb
from services.deals.protection import usecases

WITHDRAW = Mapper(usecases.WithdrawRegistration, pb.WithdrawRegistrationRequest)
EXTEND = Mapper(usecases.ExtendProtection, pb.ExtendProtectionRequest)
ADVANCE = Mapper(usecases.AdvanceStage, pb.AdvanceStageRequest)
