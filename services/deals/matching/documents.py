"""The kinds of near matches: the index of customers, and the pairs that a person has judged."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.deals.matching.domain.index import NearEntry, Posting
from services.deals.matching.domain.judging import JudgedPair

ENTRIES = Kind("near_entry", NearEntry, (Index(("state",)),))
POSTINGS = Kind("near_posting", Posting)
JUDGED = Kind(
    "judged_pair",
    JudgedPair,
    (Index(("one_key",)), Index(("other_key",)), *serving("verdict", "proposed", orders=("", "update_time"))),
)

KINDS = (ENTRIES, POSTINGS, JUDGED)
