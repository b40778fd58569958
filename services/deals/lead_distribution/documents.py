"""The kind of the rounds, with its index."""

from libs.store.port import Index, Kind
from services.deals.lead_distribution.domain.distribution import LeadRound

ROUNDS = Kind("lead_round", LeadRound, (Index(("lead_id",)),))

KINDS = (ROUNDS,)
