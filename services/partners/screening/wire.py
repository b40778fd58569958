"""Protobuf to commands; lists and screenings to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from services.partners.screening import usecases
from services.partners.screening.domain.screening import Screening, ScreeningEntryKind, ScreeningList

PUT = Mapper(usecases.PutScreeningEntries, pb.PutScreeningEntriesRequest)
JUDGE = Mapper(usecases.JudgeScreeningCandidate, pb.JudgeScreeningCandidateRequest)
GET = Mapper(usecases.GetScreening, pb.GetScreeningRequest)
LIST = Mapper(usecases.ListScreenings, pb.ListScreeningsRequest)
_LIST = Mapper(ScreeningList, pb.ScreeningList)
_SCREENING = Mapper(Screening, pb.Screening)


def put(done: ScreeningList, cmd: usecases.PutScreeningEntries) -> pb.PutScreeningEntriesResponse:
    """The answer to a page."""
    persons = sum(one.kind is ScreeningEntryKind.PERSON for one in cmd.entries)
    return pb.PutScreeningEntriesResponse(screening_list=_LIST.encode(done), persons_left_out=persons)


def screening(found: Screening) -> pb.Screening:
    """A screening as it is shown."""
    return _SCREENING.encode(found, open_count=found.open_count, match_count=found.match_count)
