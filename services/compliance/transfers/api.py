"""The gRPC side of transfers: decode, call one use case, encode."""

from libs.call import Call
from libs.decisions.api import shown
from libs.pb.prm.compliance import v1 as pb
from libs.store.paging import page_end
from services.compliance.settings import Env
from services.compliance.transfers import wire
from services.compliance.transfers.usecases import flows, register
from services.compliance.transfers.usecases.register import FOUR_EYES
from services.compliance.transfers.wire import RECORD, TRANSFER


class Api:
    """The RPCs of the transfer register and of flows."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def RegisterTransfer(self, request: pb.RegisterTransferRequest, call: Call) -> pb.RegisterTransferResponse:
        made = await self._env.run(register.register_transfer, wire.REGISTER.decode(request, call=call))
        return pb.RegisterTransferResponse(transfer=TRANSFER.encode(made))

    async def PublishTransfer(self, request: pb.PublishTransferRequest, call: Call) -> pb.PublishTransferResponse:
        done = await FOUR_EYES.run(self._env, wire.PUBLISH.decode(request, call=call))
        return pb.PublishTransferResponse(transfer=TRANSFER.encode(done.resource), decision=shown(done.decision))

    async def FileTransfer(self, request: pb.FileTransferRequest, call: Call) -> pb.FileTransferResponse:
        filed = await self._env.run(register.file_transfer, wire.FILE.decode(request, call=call))
        return pb.FileTransferResponse(transfer=TRANSFER.encode(filed))

    async def EndTransfer(self, request: pb.EndTransferRequest, call: Call) -> pb.EndTransferResponse:
        ended = await self._env.run(register.end_transfer, wire.END.decode(request, call=call))
        return pb.EndTransferResponse(transfer=TRANSFER.encode(ended))

    async def GetTransfer(self, request: pb.GetTransferRequest, call: Call) -> pb.GetTransferResponse:
        found = await register.get_transfer(self._env, wire.GET.decode(request, call=call))
        return pb.GetTransferResponse(transfer=TRANSFER.encode(found))

    async def ListTransfers(self, request: pb.ListTransfersRequest, call: Call) -> pb.ListTransfersResponse:
        page = await register.list_transfers(self._env, wire.LIST.decode(request, call=call))
        found = [TRANSFER.encode(loaded.value) for loaded in page.rows]
        return pb.ListTransfersResponse(transfers=found, next_page_token=page.next_cursor)

    async def CheckTransfer(self, request: pb.CheckTransferRequest, call: Call) -> pb.CheckTransferResponse:
        return wire.VERDICT.encode(await flows.check_transfer(self._env, wire.CHECK.decode(request, call=call)))

    async def RecordTransfer(self, request: pb.RecordTransferRequest, call: Call) -> pb.RecordTransferResponse:
        record = await self._env.run(flows.record_transfer, wire.RECORD_FLOW.decode(request, call=call))
        return pb.RecordTransferResponse(record=RECORD.encode(record))

    async def ListTransferRecords(
        self, request: pb.ListTransferRecordsRequest, call: Call
    ) -> pb.ListTransferRecordsResponse:
        page = await flows.list_transfer_records(self._env, wire.LIST_RECORDS.decode(request, call=call))
        found = [RECORD.encode(loaded.value) for loaded in page.rows]
        return pb.ListTransferRecordsResponse(records=found, **page_end(page))

    async def GetTransferCount(self, request: pb.GetTransferCountRequest, call: Call) -> pb.GetTransferCountResponse:
        found = await flows.get_transfer_count(self._env, wire.GET_COUNT.decode(request, call=call))
        return pb.GetTransferCountResponse(count=wire.COUNT.encode(found))
