"""The gRPC side of notes: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.partners import v1 as pb
from services.partners.notes import usecases, wire
from services.partners.settings import Env


class Api:
    """What callers do with notes on partners."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def CreatePartnerNote(self, request: pb.CreatePartnerNoteRequest, call: Call) -> pb.CreatePartnerNoteResponse:
        note = await self._env.run(usecases.create_partner_note, wire.CREATE.decode(request, call=call))
        return pb.CreatePartnerNoteResponse(partner_note=wire.PARTNER_NOTE.encode(note))

    async def ListPartnerNotes(self, request: pb.ListPartnerNotesRequest, call: Call) -> pb.ListPartnerNotesResponse:
        page = await usecases.list_partner_notes(self._env, wire.LIST.decode(request, call=call))
        found = [wire.PARTNER_NOTE.encode(loaded.value) for loaded in page.rows]
        return pb.ListPartnerNotesResponse(partner_notes=found, next_page_token=page.next_cursor)
