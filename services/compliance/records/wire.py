"""Protobuf to commands, the record to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.compliance import v1 as pb
from services.compliance.records import usecases
from services.compliance.records.domain.record import ProcessingRecord

RECORD = Mapper(ProcessingRecord, pb.ProcessingRecord)
RENDERED = Mapper(usecases.RenderedRecord, pb.ExportProcessingRecordResponse)

GET = Mapper(usecases.GetProcessingRecord, pb.GetProcessingRecordRequest)
EXPORT = Mapper(usecases.ExportProcessingRecord, pb.ExportProcessingRecordRequest)
