"""Protobuf to commands, and what was found or judged to protobuf."""

from libs.mapping import Mapper
from libs.pb.prm.deals import v1 as pb
from libs.store.paging import page_end
from libs.store.port import Page
from services.deals.matching import usecases
from services.deals.matching.domain.judging import JudgedPair
from services.deals.matching.usecases import Match, NearMatches

FIND = Mapper(usecases.FindNearMatches, pb.FindNearMatchesRequest)
JUDGE = Mapper(usecases.JudgePair, pb.JudgePairRequest)
LIST = Mapper(usecases.ListJudgedPairs, pb.ListJudgedPairsRequest)
PAIR = Mapper(JudgedPair, pb.JudgedPair)
_MATCH = Mapper(Match, pb.NearMatch)
_TERM = Mapper(usecases.UnsearchedTerm, pb.UnsearchedTerm)


def near_matches(found: NearMatches) -> pb.FindNearMatchesResponse:
    """The response of a search."""
    return pb.FindNearMatchesResponse(
        matches=[_MATCH.encode(one) for one in found.matches],
        unsearched=[_TERM.encode(one) for one in found.unsearched],
        newest_unsearched=found.newest_unsearched,
    )


def judged_pairs(page: Page[JudgedPair]) -> pb.ListJudgedPairsResponse:
    """A page of judgements."""
    return pb.ListJudgedPairsResponse(pairs=[PAIR.encode(one.value) for one in page.rows], **page_end(page))
