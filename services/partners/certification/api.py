"""The gRPC side of certification: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.certification import wire
from services.partners.certification.usecases import catalogue, completions
from services.partners.settings import Env


class Api:
    """The RPCs for tracks, gates, completions and certified persons."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def CreateTrack(self, request: pb.CreateTrackRequest, call: Call) -> pb.CreateTrackResponse:
        track = await self._env.run(catalogue.create_track, wire.CREATE_TRACK.decode(request, call=call))
        return pb.CreateTrackResponse(track=wire.TRACK.encode(track))

    async def ListTracks(self, request: pb.ListTracksRequest, call: Call) -> pb.ListTracksResponse:
        page = await catalogue.list_tracks(self._env, wire.LIST_TRACKS.decode(request, call=call))
        found = [wire.TRACK.encode(loaded.value) for loaded in page.rows]
        return pb.ListTracksResponse(tracks=found, **page_end(page))

    async def SetGate(self, request: pb.SetGateRequest, call: Call) -> pb.SetGateResponse:
        gate = await self._env.run(catalogue.set_gate, wire.SET_GATE.decode(request, call=call))
        return pb.SetGateResponse(gate=wire.GATE.encode(gate))

    async def ListGates(self, request: pb.ListGatesRequest, call: Call) -> pb.ListGatesResponse:
        page = await catalogue.list_gates(self._env, wire.LIST_GATES.decode(request, call=call))
        found = [wire.GATE.encode(loaded.value) for loaded in page.rows]
        return pb.ListGatesResponse(gates=found, **page_end(page))

    async def RecordCompletion(self, request: pb.RecordCompletionRequest, call: Call) -> pb.RecordCompletionResponse:
        completion = await self._env.run(completions.record_completion, wire.RECORD.decode(request, call=call))
        return pb.RecordCompletionResponse(completion=wire.completion(completion))

    async def RevokeCompletion(self, request: pb.RevokeCompletionRequest, call: Call) -> pb.RevokeCompletionResponse:
        completion = await self._env.run(completions.revoke_completion, wire.REVOKE.decode(request, call=call))
        return pb.RevokeCompletionResponse(completion=wire.completion(completion))

    async def ListCompletions(self, request: pb.ListCompletionsRequest, call: Call) -> pb.ListCompletionsResponse:
        page = await completions.list_completions(self._env, wire.LIST.decode(request, call=call))
        found = [wire.completion(loaded.value) for loaded in page.rows]
        return pb.ListCompletionsResponse(completions=found, **page_end(page))

    async def GetCertification(self, request: pb.GetCertificationRequest, call: Call) -> pb.GetCertificationResponse:
        return wire.EXPLAINED.encode(
            await completions.get_certification(self._env, wire.GET.decode(request, call=call))
        )
