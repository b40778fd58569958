"""The gRPC side of end customers: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.deals import v1 as pb
from services.deals.customers import reads, wire
from services.deals.customers.usecases import lists, merging, proposing
from services.deals.settings import Env


class Api:
    """The RPCs about end customers."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def GetCustomer(self, request: pb.GetCustomerRequest, call: Call) -> pb.GetCustomerResponse:
        row = await lists.get_customer(self._env, wire.GET.decode(request, call=call))
        return pb.GetCustomerResponse(customer=wire.customer(row, call))

    async def ListCustomers(self, request: pb.ListCustomersRequest, call: Call) -> pb.ListCustomersResponse:
        return wire.customers(await lists.list_customers(self._env, wire.LIST.decode(request, call=call)), call)

    async def GetCustomerHistory(
        self, request: pb.GetCustomerHistoryRequest, call: Call
    ) -> pb.GetCustomerHistoryResponse:
        return wire.history(await lists.get_customer_history(self._env, wire.HISTORY.decode(request, call=call)))

    async def ProposeMerges(self, request: pb.ProposeMergesRequest, call: Call) -> pb.ProposeMergesResponse:
        row = await self._env.run(proposing.propose_merges, wire.PROPOSE.decode(request, call=call))
        found = [wire.PROPOSAL.encode(one) for one in await reads.proposals_of(self._env, row.id)]
        return pb.ProposeMergesResponse(customer=wire.customer(row, call), proposals=found)

    async def ListMergeProposals(
        self, request: pb.ListMergeProposalsRequest, call: Call
    ) -> pb.ListMergeProposalsResponse:
        found = await lists.list_merge_proposals(self._env, wire.LIST_PROPOSALS.decode(request, call=call))
        return wire.proposals(found)

    async def DismissProposal(self, request: pb.DismissProposalRequest, call: Call) -> pb.DismissProposalResponse:
        proposal = await self._env.run(proposing.dismiss_proposal, wire.DISMISS.decode(request, call=call))
        return pb.DismissProposalResponse(proposal=wire.PROPOSAL.encode(proposal))

    async def MergeCustomers(self, request: pb.MergeCustomersRequest, call: Call) -> pb.MergeCustomersResponse:
        row = await self._env.run(merging.merge_customers, wire.MERGE.decode(request, call=call))
        return pb.MergeCustomersResponse(customer=wire.customer(row, call))

    async def UndoMerge(self, request: pb.UndoMergeRequest, call: Call) -> pb.UndoMergeResponse:
        row = await self._env.run(merging.undo_merge, wire.UNDO.decode(request, call=call))
        return pb.UndoMergeResponse(customer=wire.customer(row, call))

    async def AddCompetitorNote(self, request: pb.AddCompetitorNoteRequest, call: Call) -> pb.AddCompetitorNoteResponse:
        note = await self._env.run(lists.add_competitor_note, wire.ADD_NOTE.decode(request, call=call))
        return pb.AddCompetitorNoteResponse(note=wire.NOTE.encode(note))

    async def ListCompetitorNotes(
        self, request: pb.ListCompetitorNotesRequest, call: Call
    ) -> pb.ListCompetitorNotesResponse:
        found = await lists.list_competitor_notes(self._env, wire.LIST_NOTES.decode(request, call=call))
        return wire.notes(found.found, found.next_page_token)
