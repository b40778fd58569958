"""Stores what events say of documents, with the rows of the entries that this makes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from libs.call import Command
from libs.store.port import Loaded, Put, Query, Write, create, get_all
from services.partners.facts.documents import EVIDENCE, SOURCES
from services.partners.facts.domain.entries import entries_of
from services.partners.facts.domain.sources import (
    RULES,
    Change,
    Evidence,
    Said,
    Source,
    changed_evidence,
    counted,
    heard,
    judged,
    owned,
)
from services.partners.facts.usecases.held import FACTS_TURN, Facts, fitting
from services.partners.facts.usecases.work import WRITES_AT_MOST, Done, Work
from services.partners.settings import Env


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What an event said of documents of a partner. news: by the id of the document."""

    partner_id: str
    news: dict[str, tuple[Said, ...]]


class RecordReports(Command, frozen=True, kw_only=True):
    """Store what events said, in this order."""

    reports: tuple[Report, ...]


class _Changed(NamedTuple):
    """A source that changes, how it is stored (None: not at all), and the rows of its entries that change."""

    source: Source
    loaded: Loaded[Source] | None
    rows: Change

    @property
    def put(self) -> Put[Source]:
        """The write of the source."""
        return create(SOURCES, self.source) if self.loaded is None else self.loaded.put(self.source)

    @property
    def sized(self) -> tuple[Source, int]:
        """The source, with the number of writes that it takes at most."""
        return self.source, 1 + len(self.rows.written) + len(self.rows.removed)


async def record_reports(env: Env, cmd: RecordReports) -> Done:
    """How many documents have something new; nothing is written if none has. The documents that many events change are
    read once and written once, so a commit has the effects of all of them. The sums follow by a job."""
    return await _commit(env, await _changes(env, cmd), cmd)


async def count_reports(env: Env, cmd: RecordReports) -> Done:
    """As `record_reports`, and the sums follow in the same commit, as far as they fit into it. Contended if another
    process writes the same sums all the time."""
    async with env.settings.locks.of(FACTS_TURN):
        found = await _changes(env, cmd)
        count, added = fitting(one.sized for one in found)
        facts = await Facts.read(env, added)
        facts.grow(added, now=env.clock.now())
        summed = [one._replace(source=counted(one.source)) for one in found[:count]]
        await _commit(env, summed, cmd, sums=facts.writes())
    await _commit(env, found[count:], cmd)
    return Done(len(found))


async def renew(env: Env, cmd: Work) -> Done:
    """Make the entries of up to 50 documents again that were made by the rules of an earlier release."""
    page = await env.store.find(Query(kind=SOURCES, order="rules", below=RULES, limit=50))
    loaded = {one.value.id: one for one in page.rows}
    found = _changed(env, {known: one.value for known, one in loaded.items()}, loaded)
    return await _commit(env, tuple(found), cmd)


async def _changes(env: Env, cmd: RecordReports) -> tuple[_Changed, ...]:
    """What the reports change."""
    loaded = await get_all(env.store, SOURCES, [document_id for one in cmd.reports for document_id in one.news])
    heard_of: dict[str, Source] = {}
    for one in cmd.reports:
        for document_id, news in one.news.items():
            known = heard_of.get(document_id) or (loaded[document_id].value if document_id in loaded else None)
            heard_of[document_id] = _with_news(known, document_id, one.partner_id, news)
    return tuple(_changed(env, heard_of, loaded))


def _with_news(known: Source | None, document_id: str, partner_id: str, news: tuple[Said, ...]) -> Source:
    """The source with what one event says."""
    version = max(one.version for one in news)
    before = known or Source(id=document_id, partner_id=partner_id, partner_version=version)
    return msgspec.structs.replace(owned(before, partner_id, version), said=heard(before, *news))


def _changed(env: Env, sources: Mapping[str, Source], loaded: Mapping[str, Loaded[Source]]) -> Iterator[_Changed]:
    """The sources that differ from what is stored, judged by the rules of this release."""
    for document_id, source in sources.items():
        after = judged(source, source.said, entries_of(document_id, source.said), now=env.clock.now())
        there = loaded.get(document_id)
        if there is None:
            nothing = msgspec.structs.replace(after, entries=())
            yield _Changed(after, None, changed_evidence(nothing, after))
        elif after != there.value:
            yield _Changed(after, there, changed_evidence(there.value, after))


async def _commit(env: Env, found: Sequence[_Changed], cmd: Command, *, sums: Sequence[Write] = ()) -> Done:
    """Write the sources with the rows of their entries: all at once, or in several commits if they are too many for
    one. sums: written with the first. A source that is new has no rows yet."""
    known = [one.rows for one in found if one.loaded is not None]
    ids = [row.id for rows in known for row in rows.written] + [gone for rows in known for gone in rows.removed]
    stored = await get_all(env.store, EVIDENCE, ids)
    first, rest = None, list[Write](sums)
    for one in found:
        rows = _row_writes(one.rows, stored)
        if first is not None and len(rest) + len(rows) + 2 > WRITES_AT_MOST:
            await env.commit(first, *rest, call=cmd.call)
            first, rest = None, []
        rest += rows if first is None else [one.put, *rows]
        first = first or one.put
    if first is not None:
        await env.commit(first, *rest, call=cmd.call)
    return Done(len(found))


def _row_writes(rows: Change, stored: Mapping[str, Loaded[Evidence]]) -> Sequence[Write]:
    put = [stored[row.id].put(row) if row.id in stored else create(EVIDENCE, row) for row in rows.written]
    return [*put, *(stored[one].delete() for one in rows.removed if one in stored)]
