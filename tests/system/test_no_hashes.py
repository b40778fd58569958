"""No hash of an alias stands in a row or a file of a running cell, but where the person is looked for by it."""

from collections.abc import AsyncIterator, Collection, Sequence
from pathlib import Path

import pytest

from libs.privacy.aliases import ALIASES
from libs.privacy.sealing.store import SealedStore
from libs.runtime.cell import RunningCell
from libs.runtime.platform import BASIC_KINDS
from libs.store.codec import encode
from libs.store.port import ROWS_PER_EXPORT_BATCH, Document, Query, create
from services.compliance.holds.documents import HOLDS
from services.compliance.holds.domain import LegalHold
from services.compliance.holds.usecases import PlaceLegalHold, place_legal_hold
from services.compliance.requests.domain.states import NOT_SEARCHED, RequestType
from tests.builders import NOW, a_call
from tests.compositions import COMPOSITIONS
from tests.needles import forms
from tests.system.erasures import EMAIL, NAME, OTHER, PHONE, a_cell, asked, contact

pytestmark = pytest.mark.xdist_group("system")

LOOKED_FOR = {ALIASES.name}


async def test_requests_of_every_type_leave_no_hash_in_rows_events_and_files_of_the_broker(tmp_path: Path) -> None:
    async with a_cell(tmp_path) as (cell, scenario):
        await contact(scenario, 1, name=NAME, email=EMAIL, phone=PHONE)
        await contact(scenario, 2, name=NAME, email=OTHER, phone=PHONE)
        for type in RequestType:
            request = await asked(scenario, type.name)
            assert request.round >= (0 if type in NOT_SEARCHED else 2)
        env = cell.services["compliance"].env
        await env.run(place_legal_hold, PlaceLegalHold(call=a_call(), case_id=request.id, matter="2-O-17/26"))
        await cell.run_jobs()
        await cell.settled()
        rows = [one async for one in _rows(cell)]
        hashes = {document.hash for _, document in rows if isinstance(document, ALIASES.type)}
        assert len(hashes) > 3
        needles = tuple(forms(hashes))
        assert {where.partition(" ")[2] for where in _found(rows, needles)} == LOOKED_FOR
        assert {where for where, _ in rows} >= {"compliance subject_request", "compliance legal_hold"}
        await _store(cell).inner.commit([create(HOLDS, _in_clear(hashes))])
        rows = [one async for one in _rows(cell)]
        assert "compliance legal_hold" in _found(rows, needles), "this search finds nothing"
    others = _but_of_stores(tmp_path)
    assert any(b"SubjectRequestOpened" in one.read_bytes() for one in others)
    assert [one for one in others if any(needle in one.read_bytes() for needle in needles)] == []


def _found(rows: Sequence[tuple[str, Document]], needles: Sequence[bytes]) -> set[str]:
    return {where for where, document in rows if any(one in encode(document) for one in needles)}


def _in_clear(hashes: Collection[str]) -> LegalHold:
    return LegalHold(id="hld_1", case_id="dsr_1", matter="M-1", alias_hashes=tuple(hashes), place_time=NOW)


def _store(cell: RunningCell) -> SealedStore:
    store = cell.services["compliance"].env.store
    assert isinstance(store, SealedStore)
    return store


def _but_of_stores(folder: Path) -> list[Path]:
    """The files of a cell that belong to no store: those of the broker with its events and dead letters, and keys."""
    return [one for one in folder.rglob("*") if one.is_file() and not {*one.parts} & {*COMPOSITIONS}]


async def _rows(cell: RunningCell) -> AsyncIterator[tuple[str, Document]]:
    """Every document of every service as the engine has it, with `<service> <kind>`."""
    for service, one in cell.services.items():
        store = one.env.store
        assert isinstance(store, SealedStore)
        for kind in {kind.name: kind for kind in (*BASIC_KINDS, *COMPOSITIONS[service].kinds)}.values():
            page = await store.inner.find(Query(kind=kind, limit=ROWS_PER_EXPORT_BATCH))
            assert not page.next_cursor
            for loaded in page.rows:
                yield f"{service} {kind.name}", loaded.value
