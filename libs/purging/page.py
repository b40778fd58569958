"""One page of a run: which rows are due, whether they are frozen, and the writes that purge them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import structlog
from msgspec.structs import replace

from libs.env import Env
from libs.privacy.aliases import ALIASES, alias_rows
from libs.privacy.ledger.documents import Erased, written
from libs.privacy.ledger.replay import clean, ended
from libs.privacy.sealing.seal import Seal
from libs.privacy.sealing.store import SealedStore
from libs.privacy.vault.vault import KeyLost
from libs.purge_report import PurgedRows
from libs.purging.documents import PurgeRun
from libs.purging.freezes import is_frozen
from libs.retention import Action, ScheduleRow, due_by
from libs.store.port import Kind, Loaded, Query, Write, get_all

WRITES_AT_ONCE = 100
PAGES = (100, 25, 5, 1)  # rows; a smaller page if the writes of a larger one are too many
SAMPLES = 10

log = structlog.get_logger()


class Page(NamedTuple):
    """The run after a page, and the writes that purge its rows."""

    run: PurgeRun
    writes: Sequence[Write]


class _Due(NamedTuple):
    """A row that is due. frozen: it holds a person who is frozen, or whose data is restricted. writes: none in a
    rehearsal."""

    row: ScheduleRow
    id: str
    frozen: bool
    erased: Erased
    writes: Sequence[Write]


async def look(env: Env[Any], store: SealedStore, kind: Kind[Any], run: PurgeRun, frozen: frozenset[str]) -> Page:
    """The next page of this kind, with WRITES_AT_ONCE writes at most, unless one row has more. StoreUnavailable."""
    for limit in PAGES:
        found = await _page(env, store, kind, run, frozen, limit=limit)
        if len(found.writes) <= WRITES_AT_ONCE:
            break
    return found


async def _page(
    env: Env[Any], store: SealedStore, kind: Kind[Any], run: PurgeRun, frozen: frozenset[str], *, limit: int
) -> Page:
    seal = store.seals[kind.name]
    page = await store.inner.find(Query(kind=kind, limit=limit, cursor=run.cursor))
    due, unreadable = list[_Due](), 0
    for loaded in page.rows:
        try:
            one = await _examine(env, store, seal, loaded, run, frozen)
        except KeyLost as lost:
            log.warning("purge_left_unreadable", kind=lost.kind, id=lost.id)
            unreadable += 1
            continue
        due += [one] if one is not None else []
    gone = [one for one in due if not one.frozen]
    after = replace(
        run,
        kind=kind.name,
        cursor=page.next_cursor,
        purged=_counted(run.purged, due),
        examined=run.examined + len(page.rows),
        unreadable=run.unreadable + unreadable,
        pending=() if run.rehearsal else tuple(one.erased for one in gone),
    )
    return Page(after, [write for one in gone for write in one.writes])


async def _examine(
    env: Env[Any], store: SealedStore, seal: Seal, loaded: Loaded[Any], run: PurgeRun, frozen: frozenset[str]
) -> _Due | None:
    """The row if it is due; loaded: as it is stored. KeyLost."""
    persons, stored = seal.kind.persons, loaded.value
    assert persons is not None, "a kind that holds persons"
    deletes = any(one.row.action is Action.DELETE for one in persons.retained)
    if not deletes and not _holds(seal, stored):
        return None
    clear = await store.opened(seal, stored)
    country = await persons.country(store, clear)
    judged = await persons.judged(store, clear)
    row = due_by(persons.retained, judged, country, env.clock.now()) if judged is not None else None
    if row is None or (row.action is not Action.DELETE and not _holds(seal, stored)):
        return None
    everybody = persons.of(clear)
    held = list(seal.held(stored))
    erased = Erased(
        case_id=run.id,
        kind=seal.kind.name,
        row=stored.id,
        keys=written({key for _, _, key in held if key is not None}),
        persons=tuple(
            sorted({who for _, who, _ in held if who} | {one.person_id for one in everybody if one.person_id})
        ),
        whole=True,
    )
    is_held = any(is_frozen(env.keys, one, country, frozen) for one in everybody) or bool(
        await env.restrictions.among({stored.id, *erased.persons})  # storage is all that a restriction allows
    )
    writes: list[Write] = []
    if not is_held and not run.rehearsal:
        there = await get_all(store.inner, ALIASES, alias_rows(env.keys, seal.kind, stored.id, everybody))
        left = None if row.action is Action.DELETE else clean(seal, stored, [erased])
        writes = [loaded.delete() if left is None else loaded.put(left)]
        writes += [*ended(seal, stored, left, env.clock.now()), *(one.delete() for one in there.values())]
    return _Due(row, stored.id, is_held, erased, writes)


def _holds(seal: Seal, stored: Any) -> bool:
    """Whether the stored row has personal data."""
    return any(True for _ in seal.keys_in(stored)) or any(True for _ in seal.in_clear(stored))


def _counted(before: Sequence[PurgedRows], due: Sequence[_Due]) -> tuple[PurgedRows, ...]:
    found = {(one.kind, one.rule): one for one in before}
    for one in due:
        place = one.row.kind, one.row.rule
        known = found.get(place) or PurgedRows(
            kind=one.row.kind, rule=one.row.rule, record=one.row.record, action=one.row.action
        )
        if one.frozen:
            known = replace(known, frozen=known.frozen + 1)
        else:
            samples = (*known.sample_ids, one.id)[:SAMPLES]
            known = replace(known, rows=known.rows + 1, sample_ids=samples)
        found[place] = known
    return tuple(found.values())
