"""A run purges what its period has ended, page by page, once a day, and reports it."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from libs.call import Call
from libs.person import Person, PersonalText
from libs.privacy.aliases import ALIASES
from libs.privacy.sealing.store import SealedStore
from libs.purging import PurgedRows
from libs.purging.run import Rehearse, rehearse
from libs.retention import Action
from libs.store.listing import everything
from libs.store.port import Kind, Query, get
from tests.builders import NOW, a_call
from tests.component.purging.files import DAY, FILES, JOB, SLIPS, File, Purger, Slip
from tests.component.replica import Replica
from tests.store_faults import FailingCommits

OLD = datetime(2020, 5, 5, tzinfo=NOW.tzinfo)
ANNA = Person(person_id="psn_1", name="Anna", email="anna@example.org", phone="+49301234567")
BERT = Person(person_id="psn_2", name="Bert", email="bert@example.org")
NOTE = PersonalText(person_id="psn_2", text="Bert called")


def rows_of(kind: str, action: Action, *ids: str, frozen: int = 0) -> PurgedRows:
    return PurgedRows(
        kind=kind, rule="over", record="CLAIMS", action=action, rows=len(ids), frozen=frozen, sample_ids=ids[:10]
    )


async def stored(purger: Replica[Any], kind: Kind[File]) -> dict[str, File]:
    return {one.id: one for one in await everything(purger.env.store, kind, {})}


async def test_persons_are_erased_and_rows_deleted_when_their_period_has_ended(purger: Purger) -> None:
    used = File(id="used", owner=ANNA)
    recent = File(id="recent", owner=ANNA, over=NOW - DAY)
    await purger.keep(File(id="old", owner=ANNA, others=(BERT,), note=NOTE, remark="a fact", over=OLD), used, recent)
    await purger.keep(Slip(id="gone", owner=ANNA, over=OLD), Slip(id="kept", owner=BERT))
    report = await purger.purge_all()
    assert await stored(purger, FILES) == {
        "old": File(
            id="old", version=2, owner=Person(), others=(Person(),), note=PersonalText(), remark="a fact", over=OLD
        ),
        "used": msgspec.structs.replace(used, version=1),
        "recent": msgspec.structs.replace(recent, version=1),
    }
    assert set(await stored(purger, SLIPS)) == {"kept"}
    assert report.purged == (rows_of("file", Action.ERASE_PERSONS, "old"), rows_of("slip", Action.DELETE, "gone"))
    assert (report.examined_rows, report.unreadable_rows, report.rehearsal, report.ledger_number) == (5, 0, False, 2)
    left = {(one.kind, one.row) for one in await everything(purger.env.store, ALIASES, {})}
    assert left == {("file", "used"), ("file", "recent"), ("slip", "kept")}


async def test_the_keys_of_what_was_purged_are_gone(purger: Purger) -> None:
    await purger.keep(File(id="old", owner=ANNA, over=OLD), Slip(id="gone", owner=ANNA, over=OLD))
    store = purger.env.store
    assert isinstance(store, SealedStore)
    before = {
        key
        for kind in (FILES, SLIPS)
        for row in (await store.inner.find(Query(kind=kind))).rows
        for _, key in store.seals[kind.name].keys_in(row.value)
    }
    await purger.purge_all()
    sheets = await store.vault.sheets({one.sheet for one in before})
    assert before
    assert not any(sheets[one.sheet].has(one.number) for one in before)


async def test_the_first_run_is_a_day_after_the_first_start_and_the_next_a_day_later(purger: Purger) -> None:
    await purger.keep(File(id="old", owner=ANNA, over=OLD))
    assert [await purger.purge() for _ in range(2)] == [0, 0]
    purger.clock.advance(DAY - timedelta(microseconds=1))
    assert await purger.purge() == 0
    await purger.purge_all()
    assert len(purger.reports()) == 1
    assert await purger.purge() == 0
    await purger.purge_all()
    assert [one.purged for one in purger.reports()] == [(rows_of("file", Action.ERASE_PERSONS, "old"),), ()]


async def test_a_rehearsal_counts_the_same_and_changes_nothing(purger: Purger) -> None:
    files = [File(id=f"old-{place:03}", owner=ANNA, over=OLD) for place in range(12)]
    await purger.keep(*files, Slip(id="gone", owner=BERT, over=OLD))
    asked = Rehearse(call=a_call(), run_id="prn_local_01jz8c00000000000000000001")
    await rehearse(purger.env, asked)
    before = await stored(purger, FILES) | await stored(purger, SLIPS)
    while await purger.purge():
        pass
    assert await stored(purger, FILES) | await stored(purger, SLIPS) == before
    [found] = purger.reports()
    assert (found.run_id, found.rehearsal) == (asked.run_id, True)
    assert [one.rows for one in found.purged] == [12, 1]
    assert found.purged[0].sample_ids == tuple(one.id for one in files[:10])
    assert (await purger.purge_all()).purged == found.purged


async def test_a_commit_has_at_most_a_hundred_writes_and_a_run_still_purges_everything(
    purger: Purger,
) -> None:
    store = purger.env.store
    assert isinstance(store, SealedStore)
    largest = _Largest(store.inner)
    await purger.keep(*(File(id=f"{place:03}", owner=ANNA, others=(BERT,), over=OLD) for place in range(60)))
    store.inner = largest
    report = await purger.purge_all()
    assert [one.rows for one in report.purged] == [60]
    assert 10 < largest.writes <= 102  # with the position of the run and the gate


class _Largest(FailingCommits):
    writes = 0

    async def commit(self, writes: Any) -> None:
        self.writes = max(self.writes, len(writes))
        await super().commit(writes)


async def test_two_replicas_share_a_run_and_count_every_row_once(purger: Purger, keys: Any) -> None:
    await purger.keep(*(File(id=f"{place:03}", owner=ANNA, over=OLD) for place in range(70)))
    other = Purger(purger.env.store, keys, purger.clock)
    await purger.purge()
    purger.clock.advance(DAY)
    while await purger.purge() + await other.purge():
        pass
    reports = [*purger.reports(), *other.reports()]
    assert [[one.rows for one in report.purged] for report in reports] == [[70]]


async def test_a_row_that_somebody_uses_again_is_not_purged(purger: Purger) -> None:
    await purger.keep(File(id="old", owner=ANNA, over=OLD))
    await purger.purge()
    purger.clock.advance(DAY)
    await purger.purge()
    held = await get(purger.env.store, FILES, "old")
    assert held is not None
    used = msgspec.structs.replace(held.value, over=None)
    await purger.env.commit(held.put(used), call=Call(caller=a_call().caller, method=JOB.name))
    while await purger.purge():
        pass
    assert (await stored(purger, FILES))["old"].owner == ANNA
