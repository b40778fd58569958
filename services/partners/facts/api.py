"""The gRPC side of the facts: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.partners import v1 as pb
from services.partners.facts import wire
from services.partners.facts.usecases import lists
from services.partners.settings import Env


class Api:
    """The RPCs that list facts and their evidence."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def ListFacts(self, request: pb.ListFactsRequest, call: Call) -> pb.ListFactsResponse:
        return wire.facts(await lists.list_facts(self._env, wire.LIST_FACTS.decode(request, call=call)))

    async def ListFactEvidence(self, request: pb.ListFactEvidenceRequest, call: Call) -> pb.ListFactEvidenceResponse:
        return wire.evidence(await lists.list_fact_evidence(self._env, wire.LIST_EVIDENCE.decode(request, call=call)))
