"""The gRPC side of the record of processing: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.compliance import v1 as pb
from services.compliance.records import usecases, wire
from services.compliance.settings import Env


class Api:
    """The RPCs of the record of processing."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def GetProcessingRecord(
        self, request: pb.GetProcessingRecordRequest, call: Call
    ) -> pb.GetProcessingRecordResponse:
        record = await usecases.get_processing_record(self._env, wire.GET.decode(request, call=call))
        return pb.GetProcessingRecordResponse(record=wire.RECORD.encode(record))

    async def ExportProcessingRecord(
        self, request: pb.ExportProcessingRecordRequest, call: Call
    ) -> pb.ExportProcessingRecordResponse:
        made = await usecases.export_processing_record(self._env, wire.EXPORT.decode(request, call=call))
        return wire.RENDERED.encode(made)
