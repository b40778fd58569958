"""Lists, the names of their entries, and how a partner compares with them."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import Enum

import msgspec
from msgspec.structs import replace

from libs.company_name import name_form
from libs.country import country_violations
from libs.document import Document
from libs.errors import AppError, Code, NotFound, Violation
from services.partners.record.domain.partner import Partner
from services.partners.screening.domain.near import CERTAIN, Nearness, ScreeningPart, names_compared
from services.partners.screening.events import ScreeningChanged

CANDIDATES_AT_MOST = 100
BOOK = "screening"  # the id of the book


class ScreeningEntryKind(Enum):
    """What an entry is."""

    ORGANISATION = "ORGANISATION"
    PERSON = "PERSON"


class ScreeningVerdict(Enum):
    """Whether an entry is the partner."""

    MATCH = "MATCH"
    NO_MATCH = "NO_MATCH"


class ScreeningReason(Enum):
    """Why a candidate was judged so."""

    REGISTRATION = "REGISTRATION"
    SEAT = "SEAT"
    OWNERS = "OWNERS"
    BUSINESS = "BUSINESS"
    AUTHORITY = "AUTHORITY"


class ScreeningEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it comes; prm.partners.v1.ScreeningEntry describes each field."""

    entry_code: str
    kind: ScreeningEntryKind
    name: str
    aliases: tuple[str, ...] = ()
    country: str = ""


class ScreeningList(Document, frozen=True, kw_only=True):
    """A list; the id is its code. published_on: the edition that is complete. loading_on: that of the last page."""

    published_on: date | None = None
    loading_on: date
    revision: int = 0
    create_time: datetime
    update_time: datetime


class ScreeningName(Document, frozen=True, kw_only=True):
    """A name of an entry, of an edition. name_key: its comparable form. entry_hash: of all names and the country of the
    entry."""

    list_id: str
    entry_code: str
    name: str
    name_key: str
    country: str
    entry_hash: str
    published_on: date


class ScreeningBook(Document, frozen=True, kw_only=True):
    """Whether all partners are being screened again, and from which page on. edition: how many editions of any list
    were completed."""

    walking: bool = False
    cursor: str = ""
    edition: int = 0


class ScreeningCandidate(msgspec.Struct, frozen=True, kw_only=True):
    """An entry with a name of the partner, or one like it; prm.partners.v1.ScreeningCandidate describes each field."""

    list: str
    entry_code: str
    entry_hash: str
    name: str
    exact: bool
    same_country: bool
    probability_basis_points: int = CERTAIN
    parts: tuple[ScreeningPart, ...] = ()
    verdict: ScreeningVerdict | None = None
    reason: ScreeningReason | None = None
    judged_by: str = ""
    judged_for: str = ""
    judge_time: datetime | None = None

    @property
    def pair(self) -> tuple[str, str, str]:
        """The entry as it is; other names or another country make another one."""
        return self.list, self.entry_code, self.entry_hash


class Screening(Document, frozen=True, kw_only=True):
    """How a partner compares with the lists; the id is the partner's. name_key: keyed hash of the names that were
    compared. is_open: whether a candidate is not judged."""

    name_key: str
    candidates: tuple[ScreeningCandidate, ...] = ()
    is_open: bool = False
    create_time: datetime
    update_time: datetime

    @property
    def open_count(self) -> int:
        """How many candidates nobody has judged."""
        return sum(one.verdict is None for one in self.candidates)

    @property
    def match_count(self) -> int:
        """How many were judged to be the partner."""
        return sum(one.verdict is ScreeningVerdict.MATCH for one in self.candidates)


class ScreeningOpen(AppError):
    """Entries have a name of the partner, and nobody has judged whether they are the partner."""

    code, reason = Code.FAILED_PRECONDITION, "SCREENING_OPEN"

    def __init__(self, screening: Screening) -> None:
        count = screening.open_count
        super().__init__(f"{count} candidates of {screening.id} are not judged", id=screening.id, open_count=count)


class ScreeningListOlder(AppError):
    """A later edition of the list is there."""

    code, reason = Code.FAILED_PRECONDITION, "SCREENING_LIST_OLDER"

    def __init__(self, held: ScreeningList) -> None:
        super().__init__(f"list {held.id} is of {held.loading_on} already", id=held.id, published_on=held.loading_on)


def entry_violations(entries: Sequence[ScreeningEntry]) -> Iterator[Violation]:
    """An UNKNOWN_COUNTRY and a DUPLICATE_ENTRY for each entry that has one."""
    ids = [one.entry_code for one in entries]
    for place, one in enumerate(entries):
        if one.country:
            yield from country_violations(one.country, f"entries[{place}].country")
        if one.entry_code in ids[:place]:
            yield Violation(f"entries[{place}].entry_code", "stands there twice", "DUPLICATE_ENTRY")


def names_of(list_id: str, entry: ScreeningEntry, *, published_on: date) -> list[ScreeningName]:
    """A row for each name of an organisation; none for a natural person, whose name is not stored."""
    if entry.kind is ScreeningEntryKind.PERSON:
        return []
    names = (entry.name, *entry.aliases)
    digest = hashlib.sha256("\0".join((entry.country, *sorted(names))).encode()).hexdigest()
    return [
        ScreeningName(
            id=f"{list_id}:{entry.entry_code}:{place}",
            list_id=list_id,
            entry_code=entry.entry_code,
            name=name,
            name_key=name_form(name),
            country=entry.country,
            entry_hash=digest,
            published_on=published_on,
        )
        for place, name in enumerate(names)
    ]


def loaded(held: ScreeningList, *, published_on: date, final: bool, now: datetime) -> ScreeningList:
    """The list after a page of an edition; ScreeningListOlder."""
    if published_on < held.loading_on:
        raise ScreeningListOlder(held)
    completes = final and held.published_on != published_on
    return replace(
        held,
        loading_on=published_on,
        published_on=published_on if final else held.published_on,
        revision=held.revision + completes,
        update_time=now,
    )


def forms_of(partner: Partner) -> tuple[str, ...]:
    """The names of a partner in the form in which names on lists are compared: without a country, because a list may
    name none, or another one."""
    return tuple(sorted({name_form(one) for one in names_compared(partner)}))


def found_in(
    partner: Partner, rows: Iterable[tuple[ScreeningName, Nearness]], *, at_least: int
) -> tuple[ScreeningCandidate, ...]:
    """The entries of these names that are near enough, each once by its nearest name, at most 100: first those whose
    name agrees to the letter, then the nearest, then those in the partner's country. at_least: basis points."""
    own = {one.casefold() for one in names_compared(partner)}
    made = [
        ScreeningCandidate(
            list=row.list_id,
            entry_code=row.entry_code,
            entry_hash=row.entry_hash,
            name=row.name,
            exact=row.name.casefold() in own,
            same_country=row.country == partner.country,
            probability_basis_points=near.probability_basis_points,
            parts=near.parts,
        )
        for row, near in rows
        if near.probability_basis_points >= at_least
    ]
    made.sort(key=lambda one: (not one.exact, -one.probability_basis_points, not one.same_country, one.pair, one.name))
    by_pair: dict[tuple[str, str, str], ScreeningCandidate] = {}
    for one in made:
        by_pair.setdefault(one.pair, one)
    return tuple(by_pair.values())[:CANDIDATES_AT_MOST]


def screened(screening: Screening, name_key: str, found: Sequence[ScreeningCandidate], *, now: datetime) -> Screening:
    """The screening with what is found now. A pair that a person has judged stays judged, unless the names of the
    partner have changed, or the entry."""
    judged = {one.pair: one for one in screening.candidates if one.verdict and screening.name_key == name_key}
    return _with(screening, [_kept(one, judged.get(one.pair)) for one in found], name_key, now)


def judge(
    screening: Screening,
    pair: tuple[str, str],
    judgement: tuple[ScreeningVerdict, ScreeningReason],
    *,
    by: tuple[str, str],
    now: datetime,
) -> Screening:
    """The screening with a judgement about the entry (list and id); the same if it was judged so already. NotFound."""
    if pair not in {(one.list, one.entry_code) for one in screening.candidates}:
        raise NotFound("screening_candidate", ":".join(pair))
    after = []
    for one in screening.candidates:
        if (one.list, one.entry_code) == pair and (one.verdict, one.reason) != judgement:
            verdict, reason = judgement
            one = replace(one, verdict=verdict, reason=reason, judged_by=by[0], judged_for=by[1], judge_time=now)
        after.append(one)
    return _with(screening, after, screening.name_key, now)


def changed(screening: Screening) -> ScreeningChanged:
    """The event of a screening. screening: as it is now."""
    return ScreeningChanged(partner_id=screening.id, open_count=screening.open_count, match_count=screening.match_count)


def _kept(one: ScreeningCandidate, judged: ScreeningCandidate | None) -> ScreeningCandidate:
    if judged is None:
        return one
    return replace(
        one,
        verdict=judged.verdict,
        reason=judged.reason,
        judged_by=judged.judged_by,
        judged_for=judged.judged_for,
        judge_time=judged.judge_time,
    )


def _with(screening: Screening, candidates: Sequence[ScreeningCandidate], name_key: str, now: datetime) -> Screening:
    is_open = any(one.verdict is None for one in candidates)
    return replace(screening, candidates=tuple(candidates), name_key=name_key, is_open=is_open, update_time=now)
