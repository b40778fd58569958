"""Stores what events say of documents, with the rows of the entries that this makes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    heard,
    judged,
    owned,
)
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
    """A source that changes, and the rows of its entries that do."""

    put: Put[Source]
    rows: Change


async def record_reports(env: Env, cmd: RecordReports) -> Done:
    """How many documents have something new; nothing is written if none has. The documents that many events change are
    read once and written once, so a commit has the effects of all of them."""
    loaded = await get_all(env.store, SOURCES, [document_id for one in cmd.reports for document_id in one.news])
    heard_of: dict[str, Source] = {}
    for one in cmd.reports:
        for document_id, news in one.news.items():
            known = heard_of.get(document_id) or (loaded[document_id].value if document_id in loaded else None)
            heard_of[document_id] = _with_news(known, document_id, one.partner_id, news)
    return await _commit(env, _changed(env, heard_of, loaded), cmd)


async def renew(env: Env, cmd: Work) -> Done:
    """Make the entries of up to 50 documents again that were made by the rules of an earlier release."""
    page = await env.store.find(Query(kind=SOURCES, order="rules", below=RULES, limit=50))
    loaded = {one.value.id: one for one in page.rows}
    return await _commit(env, _changed(env, {known: one.value for known, one in loaded.items()}, loaded), cmd)


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
            yield _Changed(create(SOURCES, after), changed_evidence(nothing, after))
        elif after != there.value:
            yield _Changed(there.put(after), changed_evidence(there.value, after))


async def _commit(env: Env, changes: Iterable[_Changed], cmd: Command) -> Done:
    """Write the sources with the rows of their entries: all at once, or in several commits if they are too many for
    one."""
    found = tuple(changes)
    ids = [row.id for one in found for row in one.rows.written] + [gone for one in found for gone in one.rows.removed]
    stored = await get_all(env.store, EVIDENCE, ids)
    first, rest = None, list[Write]()
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
