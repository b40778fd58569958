"""Protobuf to commands, and versions of programmes to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from services.partners.program import usecases
from services.partners.program.domain.program import Program

PROGRAM = Mapper(Program, pb.Program)
DRAFT = Mapper(usecases.DraftProgram, pb.DraftProgramRequest)
PUBLISH = Mapper(usecases.PublishProgram, pb.PublishProgramRequest)
WITHDRAW = Mapper(usecases.WithdrawProgram, pb.WithdrawProgramRequest)
GET = Mapper(usecases.GetProgram, pb.GetProgramRequest)
LIST = Mapper(usecases.ListPrograms, pb.ListProgramsRequest)
