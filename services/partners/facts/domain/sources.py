"""What is known of a document of another service, and which entries of the facts it makes.

Events arrive in any order and more than once. A source keeps the newest event of each name, by version, so in the end
it is the same whatever came when; its entries are a pure function of that.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.money import Money
from services.partners.facts.domain.metrics import FactMetric

RULES = 4
"""The version of the rules by which entries are made; increase it with every change of `entries_of`."""


class LineAmount(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The part of a document in one product line. discount: what was taken off the list price before `amount`."""

    product_line: str = ""
    amount: Money
    discount: Money | None = None


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one event said. id: its name among the events of its document. version: of the document. day: on which it
    happened. due: the last day to pay. decided, ended: of an imported claim, where known. state, stage, outcome: values
    of enums of the sender, by name. score: 1 to 5. late: whether an invoice was overdue. picked: whether a lead came
    from the pool. lines: `amount` by product line, without tax and freight. product_lines: of a document without
    amounts."""

    id: str
    version: int
    day: date
    due: date | None = None
    decided: date | None = None
    ended: date | None = None
    state: str = ""
    stage: str = ""
    outcome: str = ""
    score: int = 0
    late: bool = False
    picked: bool = False
    country: str = ""
    amount: Money | None = None
    lines: tuple[LineAmount, ...] = ()
    product_lines: tuple[str, ...] = ()


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a document adds to one fact: `value`, and of a ratio `of`, as in `Sum`, on a day."""

    metric: FactMetric
    day: date
    value: int
    of: int = 0
    product_line: str = ""
    currency: str = ""
    country: str = ""


class Source(Document, frozen=True, kw_only=True):
    """A document of another service; the id is that of the document.

    said: the newest event of each name, by name. entries: what it makes of them by the rules `rules`. counted: the
    entries that the sums include. pending_since: since when the sums lack some; None if they lack none.
    partner_version: the version of the document in the event that said whose it is. counted_for: the partner whose sums
    include `counted`, while it is not `partner_id`; else empty.
    """

    partner_id: str
    partner_version: int = 0
    counted_for: str = ""
    said: tuple[Said, ...] = ()
    entries: tuple[Entry, ...] = ()
    counted: tuple[Entry, ...] = ()
    pending_since: datetime | None = None
    rules: int = RULES


class Evidence(Document, frozen=True, kw_only=True):
    """An entry as a row of its own, so that a sum can be opened down to its documents."""

    partner_id: str
    document_id: str
    metric: FactMetric
    day: date
    value: int
    of: int = 0
    product_line: str = ""
    currency: str = ""
    country: str = ""


class Change(NamedTuple):
    """What a changed source changes in the evidence: rows to write, and ids of rows that are no longer true."""

    written: tuple[Evidence, ...]
    removed: tuple[str, ...]


def heard(source: Source, *news: Said) -> tuple[Said, ...]:
    """What is known of the document with `news`: of each name the event with the highest version, or the first of
    several with that."""
    known = {one.id: one for one in source.said}
    for one in news:
        if one.id not in known or known[one.id].version < one.version:
            known[one.id] = one
    return tuple(sorted(known.values(), key=lambda one: one.id))


def judged(source: Source, said: tuple[Said, ...], entries: tuple[Entry, ...], *, now: datetime) -> Source:
    """The source with what is known, and the entries that the rules of this release make of it."""
    lacking = set(entries) != set(source.counted) or bool(source.counted and source.counted_for)
    since = (source.pending_since or now) if lacking else None
    return replace(source, said=said, entries=entries, pending_since=since, rules=RULES)


def owned(source: Source, partner_id: str, version: int) -> Source:
    """The source with the partner that an event names, unless a newer one has named another: a document may be handed
    over."""
    if partner_id == source.partner_id or version <= source.partner_version:
        return source
    before = source.counted_for or source.partner_id
    return replace(
        source,
        partner_id=partner_id,
        partner_version=version,
        counted_for="" if before == partner_id else before,
    )


def counted(source: Source) -> Source:
    """The source after the sums include it."""
    return replace(source, counted=source.entries, counted_for="", pending_since=None)


def newest(said: Mapping[str, Said], *names: str) -> Said | None:
    """Of the events with these names that are known, the one with the highest version."""
    return max((said[name] for name in names if name in said), key=lambda one: one.version, default=None)


def evidence_of(source: Source) -> dict[str, Evidence]:
    """The rows of a source, by their ids."""
    rows = (_row(source, entry) for entry in source.entries)
    return {row.id: row for row in rows}


def changed_evidence(before: Source, after: Source) -> Change:
    """What changes in the rows of a source."""
    old, new = evidence_of(before), evidence_of(after)
    written = tuple(row for row in new.values() if old.get(row.id) != row)
    return Change(written, tuple(one for one in old if one not in new))


def _row(source: Source, entry: Entry) -> Evidence:
    return Evidence(
        id=f"{source.id}:{entry.metric.value}:{entry.day.isoformat()}:{entry.product_line}",
        partner_id=source.partner_id,
        document_id=source.id,
        metric=entry.metric,
        day=entry.day,
        value=entry.value,
        of=entry.of,
        product_line=entry.product_line,
        currency=entry.currency,
        country=entry.country,
    )
