"""Batches: who is written with whom, and that the culprit alone fails."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.errors import StoreUnavailable
from libs.store.batches import UNITS_PER_BATCH, WRITES_PER_BATCH, Batches, Change, Contention, Unit
from libs.store.port import UniqueViolation, VersionConflict
from tests.waiting import until


class Engine:
    """Writes batches of names unless one is bad; keeps what it was asked and what it wrote."""

    def __init__(self) -> None:
        self.bad: set[str] = set()
        self.contended: set[str] = set()
        self.away = False
        self.broken: type[Exception] | None = None
        self.asked: list[list[str]] = []
        self.written: list[str] = []
        self.reached = asyncio.Event()
        self.proceed = asyncio.Event()
        self.proceed.set()

    async def attempt(self, units: Sequence[Unit[str]]) -> None:
        names = [step for unit in units for step in unit.steps]
        self.asked.append(names)
        self.reached.set()
        await self.proceed.wait()
        if self.broken is not None:
            raise self.broken("a bug")
        if self.away:
            raise StoreUnavailable("away")
        if self.contended & set(names):
            raise Contention
        if culprit := self.bad & set(names):
            raise UniqueViolation("kind", sorted(culprit)[0])
        self.written += names


def unit(name: str, id: str = "", expected: int = 0) -> Unit[str]:
    return Unit([name], {("kind", id or name): Change(expected, expected + 1)})


def large_unit(name: str, writes: int) -> Unit[str]:
    names = [f"{name}-{n}" for n in range(writes)]
    return Unit(names, {("kind", one): Change(0, 1) for one in names})


async def commit_all(batches: Batches[str], *units: Unit[str]) -> list[BaseException | None]:
    """The answers, in order."""
    return await asyncio.gather(*map(batches.commit, units), return_exceptions=True)


async def test_who_waits_is_written_together() -> None:
    engine = Engine()
    batches = Batches(engine.attempt)
    engine.proceed.clear()
    first = asyncio.create_task(batches.commit(unit("a")))
    await engine.reached.wait()
    rest = asyncio.create_task(commit_all(batches, *(unit(name) for name in "bcd")))
    await asyncio.sleep(0)
    engine.proceed.set()
    await first
    assert await rest == [None] * 3
    assert engine.asked == [["a"], ["b", "c", "d"]]


async def test_a_batch_has_256_units_at_most() -> None:
    engine = Engine()
    answers = await commit_all(Batches(engine.attempt), *(unit(f"{n}") for n in range(2 * UNITS_PER_BATCH + 1)))
    assert set(answers) == {None}
    assert [len(asked) for asked in engine.asked] == [UNITS_PER_BATCH, UNITS_PER_BATCH, 1]


async def test_a_batch_has_as_many_writes_as_the_largest_commit_at_most() -> None:
    engine = Engine()
    large = [large_unit(f"l{n}", WRITES_PER_BATCH) for n in range(2)]
    half = [large_unit(f"h{n}", WRITES_PER_BATCH // 2) for n in range(3)]
    units = [unit("a"), large[0], unit("b"), half[0], unit("c"), half[1], half[2], large[1], unit("d")]
    assert set(await commit_all(Batches(engine.attempt), *units)) == {None}
    assert [len(asked) for asked in engine.asked] == [
        1,
        WRITES_PER_BATCH,
        WRITES_PER_BATCH // 2 + 2,
        WRITES_PER_BATCH,
        WRITES_PER_BATCH,
        1,
    ]


async def test_the_culprit_alone_fails() -> None:
    engine = Engine()
    engine.bad = {"3", "9"}
    answers = await commit_all(Batches(engine.attempt), *(unit(f"{n}") for n in range(10)))
    assert {n: type(one) for n, one in enumerate(answers) if one} == {3: UniqueViolation, 9: UniqueViolation}
    assert [str(answers[n]) for n in (3, 9)] == [f"unique index {n} of kind" for n in (3, 9)]
    assert engine.written == [f"{n}" for n in range(10) if n not in (3, 9)]


async def test_units_of_one_document_follow_each_other() -> None:
    engine = Engine()
    units = [unit("a", "x", 0), unit("b", "y", 0), unit("c", "x", 1)]
    assert await commit_all(Batches(engine.attempt), *units) == [None] * 3
    assert engine.asked == [["a", "b"], ["c"]]


async def test_who_was_overtaken_is_refused_without_asking() -> None:
    engine = Engine()
    answers = await commit_all(Batches(engine.attempt), *(unit(f"{n}", "x", 0) for n in range(20)))
    assert [type(one) for one in answers] == [type(None), *[VersionConflict] * 19]
    assert engine.asked == [["0"]]


async def test_who_follows_a_unit_that_failed_gets_his_chance() -> None:
    engine = Engine()
    engine.bad = {"a"}
    answers = await commit_all(Batches(engine.attempt), unit("a", "x", 0), unit("b", "x", 0), unit("c", "x", 0))
    assert [type(one) for one in answers] == [UniqueViolation, type(None), VersionConflict]
    assert engine.written == ["b"]


async def test_when_the_engine_is_away_everybody_hears_it_and_the_next_one_is_tried() -> None:
    engine = Engine()
    batches = Batches(engine.attempt)
    engine.away = True
    answers = await commit_all(batches, *(unit(name) for name in "abc"))
    assert [type(one) for one in answers] == [StoreUnavailable] * 3
    assert len({id(one) for one in answers}) == 3, "callers must not share an exception"
    assert len(engine.asked) == 1, "there is no culprit to look for"
    engine.away = False
    await batches.commit(unit("d"))


async def test_nobody_waits_for_ever_when_there_is_a_bug() -> None:
    engine = Engine()
    batches = Batches(engine.attempt)
    engine.broken = ZeroDivisionError
    answers = await commit_all(batches, *(unit(f"{n}") for n in range(UNITS_PER_BATCH + 2)))
    assert {type(one) for one in answers} == {StoreUnavailable}
    with pytest.raises(ZeroDivisionError):
        await batches.close()
    assert engine.written == []


async def test_a_caller_that_goes_away_disturbs_nobody() -> None:
    engine = Engine()
    batches = Batches(engine.attempt)
    engine.proceed.clear()
    tasks = [asyncio.create_task(batches.commit(unit(name))) for name in "abc"]
    await engine.reached.wait()
    tasks[1].cancel()
    engine.proceed.set()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in answers] == [type(None), asyncio.CancelledError, type(None)]
    await batches.commit(unit("d"))


async def test_closing_finishes_what_has_come() -> None:
    engine = Engine()
    batches = Batches(engine.attempt)
    tasks = [asyncio.create_task(batches.commit(unit(name))) for name in "abc"]
    await asyncio.sleep(0)
    await batches.close()
    assert await asyncio.gather(*tasks) == [None] * 3
    with pytest.raises(StoreUnavailable):
        await batches.commit(unit("d"))


async def test_a_contended_unit_is_tried_until_it_lands_and_its_neighbours_do_not_wait() -> None:
    engine = Engine()
    engine.contended = {"hot"}
    batches = Batches(engine.attempt)
    hot = asyncio.create_task(batches.commit(unit("hot")))
    assert await commit_all(batches, *(unit(f"{n}") for n in range(10))) == [None] * 10
    await until(lambda: engine.asked.count(["hot"]) > 5)
    await batches.commit(unit("later"))
    assert not hot.done()
    engine.contended.clear()
    await hot
    assert engine.written[-2:] == ["later", "hot"]


async def test_who_changes_a_contended_document_waits_behind_it_and_is_told_the_truth() -> None:
    engine = Engine()
    engine.contended = {"hot"}
    batches = Batches(engine.attempt)
    units = [unit("hot", "x", 0), unit("stale", "x", 0), unit("next", "x", 1), unit("beside", "y", 0)]
    tasks = [asyncio.create_task(batches.commit(one)) for one in units]
    await tasks[3]
    await until(lambda: engine.asked.count(["hot"]) > 3)
    assert not any("next" in asked or "stale" in asked for asked in engine.asked)
    engine.contended.clear()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in answers] == [type(None), VersionConflict, type(None), type(None)]
    assert engine.written == ["beside", "hot", "next"]


async def test_contention_without_end_is_unavailable_in_its_time() -> None:
    engine = Engine()
    engine.contended = {"hot"}
    batches = Batches(engine.attempt, insist_within=timedelta(milliseconds=50))
    answers = await commit_all(batches, unit("hot"), unit("beside"))
    assert [type(one) for one in answers] == [StoreUnavailable, type(None)]
    engine.contended.clear()
    await batches.commit(unit("again", "hot"))


async def test_a_contended_unit_whose_caller_has_gone_is_given_up() -> None:
    engine = Engine()
    engine.contended = {"hot"}
    batches = Batches(engine.attempt)
    task = asyncio.create_task(batches.commit(unit("hot")))
    await until(lambda: engine.asked.count(["hot"]) > 2)
    task.cancel()
    await batches.close()
    assert engine.written == []


class Hot:
    """An engine in which other processes change some documents: each attempt that touches one of them is contended,
    as often as the document says. It counts the attempts."""

    def __init__(self, busy: Mapping[str, int]) -> None:
        self.busy = dict(busy)
        self.attempts = 0
        self.written: list[str] = []

    async def attempt(self, units: Sequence[Unit[str]]) -> None:
        self.attempts += 1
        await asyncio.sleep(0)
        touched = {id for one in units for _, id in one.changes}
        if hot := [id for id in touched if self.busy.get(id, 0) > 0]:
            for id in hot:
                self.busy[id] -= 1
            raise Contention
        self.written += [step for one in units for step in one.steps]


FOREVER = 10**9
DOCUMENTS = tuple("abcdefgh")


@given(
    units=st.lists(st.sets(st.sampled_from(DOCUMENTS), min_size=1, max_size=3), min_size=1, max_size=24),
    hot=st.sets(st.sampled_from(DOCUMENTS), max_size=2),
    lasting=st.sampled_from([1, 3, FOREVER]),
)
@settings(max_examples=40)
async def test_a_hot_document_makes_none_but_those_who_change_it_unavailable(
    units: list[set[str]], hot: set[str], lasting: int
) -> None:
    """Who changes no hot document, and waits for nobody who does, is written; who changes one is written as soon as it
    cools, or hears that it is UNAVAILABLE. What was said is what was written, once each."""
    engine = Hot(dict.fromkeys(hot, lasting))
    patience = timedelta(milliseconds=20) if lasting == FOREVER else timedelta(seconds=10)
    batches = Batches(engine.attempt, insist_within=patience)
    made = [
        Unit([str(place)], {("kind", id): Change(place, place + 1) for id in ids}) for place, ids in enumerate(units)
    ]
    answers = await commit_all(batches, *made)
    await batches.close()
    for place, answer in enumerate(answers):
        assert isinstance(answer, VersionConflict | StoreUnavailable | None)
        if isinstance(answer, StoreUnavailable):
            assert lasting == FOREVER
            assert units[place] & hot
    written = sorted(str(place) for place, answer in enumerate(answers) if answer is None)
    assert sorted(engine.written) == written
