"""The yearly counts after any sequence of flows, restarts, erasures and turns of the year, against sets of persons."""

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.person import Person
from libs.privacy.keys import Keys
from libs.store.port import Query
from services.compliance.law.domain.mechanisms import TransferMechanism
from services.compliance.law.domain.thresholds import THRESHOLDS
from services.compliance.service import COMPOSITION
from services.compliance.settings import Settings
from services.compliance.transfers.documents import COUNTS, MARKS
from services.compliance.transfers.usecases.years import close_years
from tests.builders import an_id
from tests.component.compliance.transfers.acts import publish, send
from tests.component.replica import Replica, Shelf, opened

PEOPLE = 12
LIMITS = (
    replace(THRESHOLDS[0], limit=6, name="cn.persons.6"),
    replace(THRESHOLDS[2], limit=3, name="cn.sensitive_persons.3"),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("send"),
            st.lists(st.integers(0, PEOPLE - 1), min_size=1, max_size=5),
            st.booleans(),
            st.booleans(),
        ),
        st.tuples(st.sampled_from(["restart", "erase", "year", "close"])),
    ),
    min_size=3,
    max_size=25,
)


class Books:
    """Who was sent, by year: plain sets."""

    def __init__(self) -> None:
        self.all: dict[int, set[int]] = defaultdict(set)
        self.sensitive: dict[int, set[int]] = defaultdict(set)

    def send(self, year: int, who: set[int], *, sensitive: bool, filed: bool) -> bool:
        """Whether it is permitted; then they count."""
        after = self.all[year] | who
        delicate = self.sensitive[year] | (who if sensitive else set())
        if not filed and (len(after) >= 6 or len(delicate) >= 3):
            return False
        self.all[year], self.sensitive[year] = after, delicate
        return True


class Play:
    """A compliance service that is restarted on the same store, beside the books."""

    def __init__(self, replica: Replica[Settings], keys: Keys) -> None:
        self.replica = replica
        self.keys = keys
        self.books = Books()
        self.spelled = 0

    def person(self, number: int) -> Person:
        """Somebody under another spelling and another id each time, as after an erasure."""
        self.spelled += 1
        email = f"p{number}@example.org"
        return Person(
            person_id=an_id("psn", self.spelled % 10),
            name=f"P {number}" if self.spelled % 2 else f" p  {number}",
            email=email.upper() if self.spelled % 3 else email,
        )


async def _play(keys: Keys, steps: Sequence[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with opened(Path(folder), COMPOSITION.kinds) as store:
            first: Replica[Settings] = Replica(
                "compliance",
                store,
                keys=keys,
                objects=Shelf(),
                encode=COMPOSITION.encode,
                settings=Settings(thresholds=LIMITS),
            )
            play = Play(first, keys)
            transfers = [
                await publish(first, mechanism=one, categories=("user",))
                for one in (TransferMechanism.CONSENT, TransferMechanism.CAC_STANDARD_CONTRACT)
            ]
            for name, *details in steps:
                if name == "send":
                    who, sensitive, filed = details
                    assert isinstance(who, list)
                    year = play.replica.env.today().year
                    expected = play.books.send(year, set(who), sensitive=bool(sensitive), filed=bool(filed))
                    people = [play.person(one) for one in who]
                    record = await send(play.replica, transfers[bool(filed)], *people, sensitive=bool(sensitive))
                    assert record.allowed is expected
                    assert record.person_count == len(set(who))
                elif name == "restart":
                    play.replica = Replica(
                        "compliance",
                        store,
                        keys=keys,
                        objects=Shelf(),
                        encode=COMPOSITION.encode,
                        settings=Settings(thresholds=LIMITS),
                        clock=play.replica.clock,
                    )
                elif name == "year":
                    play.replica.clock.advance(timedelta(days=366))
                elif name == "close":
                    while await close_years(play.replica.env):
                        pass
                    year = play.replica.env.today().year
                    left = {one.value.year for one in (await store.find(Query(kind=MARKS, limit=200))).rows}
                    assert left <= {year}
                await _equal(play)


async def _equal(play: Play) -> None:
    counts = {one.value.year: one.value for one in (await play.replica.env.store.find(Query(kind=COUNTS))).rows}
    for year, who in play.books.all.items():
        if who:
            found = counts[year]
            assert (found.person_count, found.sensitive_person_count) == (len(who), len(play.books.sensitive[year]))


@settings(max_examples=60)
@given(steps=STEPS)
def test_the_counts_are_those_of_the_sets_to_the_person(keys: Keys, steps: list[tuple[object, ...]]) -> None:
    asyncio.run(_play(keys, steps))
