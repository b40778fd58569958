"""Group commit: when it commits, how many together, and what a failure of the file means."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from libs.clock import monotonic
from libs.errors import StoreUnavailable
from libs.store.lanes import Lane
from libs.store.port import Document, Index, Kind, UniqueViolation, VersionConflict, create
from libs.store.sqlite import files, schema
from libs.store.sqlite.group import UNITS_PER_GROUP, WRITES_IN_LOOP, WRITES_PER_GROUP, GroupCommit
from libs.store.sqlite.plan import NumberedStep, Plan, Step

LONG_SECONDS = 3_600.0

FULL = "SQLite: database or disk is full: store.db; make room on its disk"


class Note(Document, frozen=True, kw_only=True):
    """What is written here."""

    tag: str | None = None


NOTES = Kind("note", Note, (Index(("tag",), unique=True),))
PLAN = Plan(NOTES)


class Recording(sqlite3.Connection):
    """A connection that says when it committed how many rows, and can be told to fail."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # whatever sqlite3.connect hands over
        self.commits: list[tuple[float, int]] = []
        self.failures: list[sqlite3.Error] = []
        self._rows = 0

    def commit(self) -> None:
        """As sqlite3.Connection, with a record of it."""
        self.commits.append((monotonic(), self.total_changes - self._rows))
        self._rows = self.total_changes
        if self.failures:
            raise self.failures.pop()
        super().commit()


@asynccontextmanager
async def grouping(path: Path, interval_seconds: float) -> AsyncIterator[tuple[GroupCommit, Recording]]:
    """A group commit over a fresh file."""
    files.writer(path).close()
    connection = sqlite3.connect(path, factory=Recording, isolation_level=None, check_same_thread=False)
    schema.ensure(connection, [NOTES])
    connection._rows = connection.total_changes
    group = GroupCommit(connection, interval_seconds, Path("store.db"), Lane())
    try:
        yield group, connection
    finally:
        await group.close()
        connection.close()


async def test_a_lone_caller_commits_at_once(tmp_path: Path) -> None:
    async with grouping(tmp_path / "db", LONG_SECONDS) as (group, connection):
        for n in range(20):
            await group.commit([_note(f"{n}")])
        assert [rows for _, rows in connection.commits] == [1] * 20


async def test_who_comes_together_is_committed_together(tmp_path: Path) -> None:
    async with grouping(tmp_path / "db", 0.001) as (group, connection):
        await asyncio.gather(*(group.commit([_note(f"{n}")]) for n in range(64)))
        assert [rows for _, rows in connection.commits] == [64]


async def test_after_a_group_of_two_commits_are_paced(tmp_path: Path) -> None:
    async with grouping(tmp_path / "db", 0.1) as (group, connection):
        await asyncio.gather(group.commit([_note("a")]), group.commit([_note("b")]))
        await group.commit([_note("c")])
        await group.commit([_note("d")])
        assert [rows for _, rows in connection.commits] == [2, 1, 1]
        (first, _), (second, _), (third, _) = connection.commits
        assert second - first > 0.09, "a group was followed too soon"
        assert third - second < 0.09, "a lone caller had to wait after a lone caller"


async def test_who_comes_while_a_group_waits_joins_it(tmp_path: Path) -> None:
    async with grouping(tmp_path / "db", 0.1) as (group, connection):
        await asyncio.gather(group.commit([_note("a")]), group.commit([_note("b")]))
        early = asyncio.create_task(group.commit([_note("c")]))
        for _ in range(10):
            await asyncio.sleep(0)
        await asyncio.gather(early, group.commit([_note("d")]))
        assert [rows for _, rows in connection.commits] == [2, 2]


async def test_a_group_has_256_units_at_most_and_a_full_one_does_not_wait(tmp_path: Path) -> None:
    async with grouping(tmp_path / "db", LONG_SECONDS) as (group, connection):
        await asyncio.gather(*(group.commit([_note(f"{n}")]) for n in range(4 * UNITS_PER_GROUP)))
        assert [rows for _, rows in connection.commits] == [UNITS_PER_GROUP] * 4


async def test_a_group_has_as_many_writes_as_the_largest_commit_at_most(tmp_path: Path) -> None:
    async with grouping(tmp_path / "db", LONG_SECONDS) as (group, connection):
        units = [[_note(f"{n}-{write}") for write in range(WRITES_IN_LOOP)] for n in range(24)]
        await asyncio.gather(*map(group.commit, units))
        assert [rows for _, rows in connection.commits] == [WRITES_PER_GROUP] * 2


async def test_a_large_unit_is_committed_alone_in_its_turn_and_leaves_the_loop_to_others(tmp_path: Path) -> None:
    async with grouping(tmp_path / "db", LONG_SECONDS) as (group, connection):
        turns, done = 0, asyncio.Event()

        async def others() -> None:
            nonlocal turns
            while not done.is_set():
                turns += 1
                await asyncio.sleep(0)

        counting = asyncio.create_task(others())
        large = [_note(f"large {n}") for n in range(1_200)]
        tried = [group.commit([_note("before")]), group.commit(large), group.commit([_note("after")])]
        await asyncio.gather(*tried)
        done.set()
        await counting
        assert [rows for _, rows in connection.commits] == [1, 1_200, 1]
        assert turns > 20, "the statements ran in the event loop"


async def test_a_large_unit_that_is_refused_leaves_nothing_and_the_next_one_lands(tmp_path: Path) -> None:
    async with grouping(tmp_path / "db", 0.001) as (group, connection):
        await group.commit([_note("old", tag="taken")])
        large = [_note(f"{n}", tag="taken" if n == 1_000 else None) for n in range(1_200)]
        conflict = [*(_note(f"c{n}") for n in range(1_100)), _note("old")]
        answers = await asyncio.gather(
            group.commit(large), group.commit(conflict), group.commit([_note("beside")]), return_exceptions=True
        )
        assert [type(one) for one in answers] == [UniqueViolation, VersionConflict, type(None)]
        assert _ids(connection) == ["beside", "old"]
        connection.failures.append(sqlite3.OperationalError("disk I/O error"))
        [failed] = await asyncio.gather(group.commit(large[:900]), return_exceptions=True)
        assert isinstance(failed, StoreUnavailable)
        await group.commit(large[:900])
        assert len(_ids(connection)) == 902


async def test_a_group_is_closed_when_a_large_unit_waits_for_it(tmp_path: Path) -> None:
    async with grouping(tmp_path / "db", LONG_SECONDS) as (group, connection):
        await asyncio.gather(group.commit([_note("a")]), group.commit([_note("b")]))
        early = asyncio.create_task(group.commit([_note("c")]))
        await asyncio.sleep(0)
        await group.commit([_note(f"large {n}") for n in range(1_000)])
        await early
        assert [rows for _, rows in connection.commits] == [2, 1, 1_000]


async def test_units_that_fail_half_way_leave_their_neighbours(tmp_path: Path) -> None:
    async with grouping(tmp_path / "db", 0.001) as (group, connection):
        await group.commit([_note("old", tag="taken")])
        units = [[_note(f"{n}"), _note(f"{n}+")] for n in range(9)]
        units[2] = [_note("2"), _note("old")]
        units[5] = [_note("5"), _note("5+", tag="taken"), _note("5++")]
        units[6] = [_note("old"), _note("6")]
        units[7] = [_note("7"), _note("7+", tag="new"), _note("7++", tag="new")]
        answers = await asyncio.gather(*map(group.commit, units), return_exceptions=True)
        assert [type(one) for one in answers if one is not None] == [
            VersionConflict,
            UniqueViolation,
            VersionConflict,
            UniqueViolation,
        ]
        assert _ids(connection) == sorted(["old", *(f"{n}{end}" for n in (0, 1, 3, 4, 8) for end in ("", "+"))])
        assert len(connection.commits) == 2


async def test_who_is_refused_for_a_neighbours_sake_hears_it_after_the_commit(tmp_path: Path) -> None:
    async with grouping(tmp_path / "db", 0.001) as (group, connection):
        connection.failures.append(sqlite3.OperationalError("disk I/O error"))
        answers = await asyncio.gather(*(group.commit([_note("same")]) for _ in range(3)), return_exceptions=True)
        assert [type(one) for one in answers] == [StoreUnavailable] * 3
        await group.commit([_note("same")])


async def test_a_commit_that_fails_is_nobodys_and_the_next_one_is_tried(tmp_path: Path) -> None:
    async with grouping(tmp_path / "db", 0.001) as (group, connection):
        full = sqlite3.OperationalError("database or disk is full")
        full.sqlite_errorcode = sqlite3.SQLITE_FULL
        connection.failures.append(full)
        tried = [group.commit([_note(f"a{n}")]) for n in range(5)]
        answers = await asyncio.gather(*tried, return_exceptions=True)
        assert [str(one) for one in answers] == [FULL] * 5
        assert _ids(connection) == []
        await asyncio.gather(*(group.commit([_note(f"b{n}")]) for n in range(5)))
        assert _ids(connection) == [f"b{n}" for n in range(5)]


async def test_a_statement_the_file_does_not_take_fails_its_group(tmp_path: Path) -> None:
    async with grouping(tmp_path / "db", 0.001) as (group, connection):
        await group.commit([_note("before")])
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 20}")
        tried = [group.commit([_note(f"{n}"), _note(f"{n} {'x' * 4_000}")]) for n in range(60)]
        answers = await asyncio.gather(*tried, return_exceptions=True)
        assert {str(one) for one in answers if one} == {FULL}
        await group.commit([_note("small")])
        taken = [f"{n}" for n, one in enumerate(answers) if one is None]
        assert [id for id in _ids(connection) if " " not in id] == sorted(["before", "small", *taken])
        connection.execute(f"PRAGMA max_page_count = {pages + 2_000}")
        await asyncio.gather(*(group.commit([_note(f"{n}!"), _note(f"{n}! {'x' * 4_000}")]) for n in range(60)))


async def test_a_job_runs_between_groups(tmp_path: Path) -> None:
    async with grouping(tmp_path / "db", 0.05) as (group, connection):
        tried = [asyncio.create_task(group.commit([_note(f"{n}")])) for n in range(3)]
        await asyncio.sleep(0)
        seen = asyncio.create_task(group.alone(lambda found: (found.in_transaction, len(_ids(found)))))
        await asyncio.sleep(0)
        later = asyncio.create_task(group.commit([_note("later")]))
        assert await seen == (False, 3)
        await asyncio.gather(*tried, later)
        assert _ids(connection) == ["0", "1", "2", "later"]


def _note(id: str, tag: str | None = None) -> Step | NumberedStep:
    return PLAN.step(create(NOTES, Note(id=id, tag=tag)), Lane())


def _ids(connection: sqlite3.Connection) -> list[str]:
    return [id for (id,) in connection.execute("SELECT id FROM note ORDER BY id")]
