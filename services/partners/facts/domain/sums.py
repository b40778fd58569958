"""The sums of the entries: one fact for each partner, metric, month, product line, currency and country.

Each partner passes its sums up to the partner from which it buys, and stores what it has passed to whom, so that this
can be taken back when the partner is moved. A month of None is the total of all months, product lines and countries.
"""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from msgspec.structs import replace

from libs.document import Document
from services.partners.facts.domain.metrics import FactMetric, Sum
from services.partners.facts.domain.sources import Entry, Source


class Key(NamedTuple):
    """Which sum of a partner. month: its first day; None: the total over all months, product lines and countries."""

    metric: FactMetric
    month: date | None
    product_line: str
    currency: str
    country: str

    def id_of(self, partner_id: str) -> str:
        """The id of the fact of a partner."""
        month = f"{self.month:%Y-%m}" if self.month else "all"
        return f"{partner_id}:{self.metric.value}:{month}:{self.currency}:{self.country}:{self.product_line}"


class Fact(Document, frozen=True, kw_only=True):
    """One sum of a partner; the id is `Key.id_of`.

    own: of its own documents. below: of all partners below it. passed: what the fact of `passed_to`, its parent,
    includes of both. stale_since: since when `passed` may be wrong; None if it is right.
    """

    partner_id: str
    metric: FactMetric
    month: date | None = None
    product_line: str = ""
    currency: str = ""
    country: str = ""
    own: Sum = Sum()
    below: Sum = Sum()
    passed: Sum = Sum()
    passed_to: str = ""
    stale_since: datetime | None = None

    @property
    def key(self) -> Key:
        """Which sum of the partner it is."""
        return Key(self.metric, self.month, self.product_line, self.currency, self.country)

    @property
    def empty(self) -> bool:
        """Whether no document is left in it, here or below, nor anything of it in the parent's."""
        return not (self.own or self.below or self.passed or self.stale_since)


class Placing(Document, frozen=True, kw_only=True):
    """Written whenever a partner is moved; the id is the partner's. moved_since: since when its facts have to be passed
    to another parent; None if they all have been marked as stale."""

    moved_since: datetime | None = None


def fact_of(partner_id: str, key: Key) -> Fact:
    """The fact before anything is in it."""
    return Fact(id=key.id_of(partner_id), partner_id=partner_id, **key._asdict())


def keys_of(entry: Entry) -> tuple[Key, Key]:
    """The sums that include an entry: that of its month, and the total."""
    return _keys(entry.metric, entry.day, entry.product_line, entry.currency, entry.country)


@lru_cache(maxsize=4_096)
def _keys(metric: FactMetric, day: date, product_line: str, currency: str, country: str) -> tuple[Key, Key]:
    """Kept, because many documents change the same sums."""
    month = Key(metric, day.replace(day=1), product_line, currency, country)
    return month, Key(metric, None, "", currency, "")


def waiting(sources: Iterable[Source]) -> dict[tuple[str, Key], Sum]:
    """What the sums lack of these sources, by partner and sum."""
    found: dict[tuple[str, Key], list[int]] = {}
    for source in sources:
        counted_for = source.counted_for or source.partner_id
        for partner_id, entries, sign in ((source.partner_id, source.entries, 1), (counted_for, source.counted, -1)):
            for entry in entries:
                for key in keys_of(entry):
                    whole = found.setdefault((partner_id, key), [0, 0])
                    whole[0] += sign * entry.value
                    whole[1] += sign * entry.of
    return {place: Sum(value, of) for place, (value, of) in found.items() if value or of}


def grown(fact: Fact, added: Sum, *, now: datetime) -> Fact:
    """The fact with more of the partner's own documents; it must be passed up."""
    return replace(fact, own=fact.own + added, stale_since=fact.stale_since or now)


def joined(fact: Fact, added: Sum, *, now: datetime) -> Fact:
    """The fact with more from below; it must be passed up itself."""
    return replace(fact, below=fact.below + added, stale_since=fact.stale_since or now)


def passed_up(fact: Fact, parent: str) -> tuple[Fact, dict[str, Sum]]:
    """The fact after it was passed to `parent` (empty: no parent), and by partner id what changes below that partner.
    The previous parent loses what it had."""
    whole = fact.own + fact.below if parent else Sum()
    added: dict[str, Sum] = {}
    for partner, sums in ((fact.passed_to, Sum() - fact.passed), (parent, whole)):
        added[partner] = added.get(partner, Sum()) + sums
    done = replace(fact, passed=whole, passed_to=parent, stale_since=None)
    return done, {partner: sums for partner, sums in added.items() if partner and sums}


def moved(fact: Fact, *, now: datetime) -> Fact:
    """The fact of a partner that was moved: it must be passed up again."""
    return replace(fact, stale_since=fact.stale_since or now)


def settled(placing: Placing) -> Placing:
    """The placing after all facts of its partner were marked."""
    return replace(placing, moved_since=None)
