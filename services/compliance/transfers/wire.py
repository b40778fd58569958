"""Protobuf to commands, transfers and records to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.compliance import v1 as pb
from services.compliance.transfers.domain.flow import TransferRecord
from services.compliance.transfers.domain.transfer import Transfer
from services.compliance.transfers.usecases import flows, register

TRANSFER = Mapper(Transfer, pb.Transfer)
RECORD = Mapper(TransferRecord, pb.TransferRecord)
VERDICT = Mapper(flows.Verdict, pb.CheckTransferResponse)
COUNT = Mapper(flows.CountShown, pb.TransferCount)

REGISTER = Mapper(register.RegisterTransfer, pb.RegisterTransferRequest)
PUBLISH = Mapper(register.PublishTransfer, pb.PublishTransferRequest)
FILE = Mapper(register.FileTransfer, pb.FileTransferRequest)
END = Mapper(register.EndTransfer, pb.EndTransferRequest)
GET = Mapper(register.GetTransfer, pb.GetTransferRequest)
LIST = Mapper(register.ListTransfers, pb.ListTransfersRequest)
CHECK = Mapper(flows.CheckTransfer, pb.CheckTransferRequest)
RECORD_FLOW = Mapper(flows.RecordTransfer, pb.RecordTransferRequest)
LIST_RECORDS = Mapper(flows.ListTransferRecords, pb.ListTransferRecordsRequest)
GET_COUNT = Mapper(flows.GetTransferCount, pb.GetTransferCountRequest)
