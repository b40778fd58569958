"""Protobuf to commands, and pool and rounds to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.deals import v1 as pb
from libs.store.paging import page_end
from libs.store.port import Page
from services.deals.lead_distribution.domain.distribution import LeadRound
from services.deals.lead_distribution.usecases import distributing, lists, picking
from services.deals.leads.domain.pool import PoolLead

DISTRIBUTE = Mapper(distributing.DistributeLead, pb.DistributeLeadRequest)
LIST_POOL = Mapper(lists.ListPoolLeads, pb.ListPoolLeadsRequest)
PICK = Mapper(picking.PickLead, pb.PickLeadRequest)
LIST_ROUNDS = Mapper(lists.ListLeadRounds, pb.ListLeadRoundsRequest)
_ENTRY = Mapper(PoolLead, pb.PoolLead)
_ROUND = Mapper(LeadRound, pb.LeadRound)


def pool(page: Page[PoolLead]) -> pb.ListPoolLeadsResponse:
    """A page of the pool to protobuf."""
    return pb.ListPoolLeadsResponse(pool_leads=[_ENTRY.encode(loaded.value) for loaded in page.rows], **page_end(page))


def rounds(page: Page[LeadRound]) -> pb.ListLeadRoundsResponse:
    """A page of rounds to protobuf."""
    found = [_ROUND.encode(loaded.value) for loaded in page.rows]
    return pb.ListLeadRoundsResponse(rounds=found, **page_end(page))
