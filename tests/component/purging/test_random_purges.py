"""Rows end, persons are frozen and thawed, and days pass, at random; a plain model says what a run must leave."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from libs.person import Person
from libs.privacy.keys import Keys
from tests.builders import NOW
from tests.component.purging.files import KINDS, SERVICE, File, Purger, Slip
from tests.component.purging.test_freezes import freeze, owners
from tests.component.replica import sealed

PERSONS = tuple(
    Person(person_id=f"psn_{one}", name=one, email=f"{one}@example.org", phone=f"+4930123456{place}")
    for place, one in enumerate(("ada", "bea", "cem"))
)
# The periods of claims: years, whether from the end of the year, and the clock of the country.
LAWS = {
    "DE": (3, True, "Europe/Berlin"),
    "GB": (6, False, "Europe/London"),
    "CN": (3, False, "Asia/Shanghai"),
    "NZ": (3, True, "Pacific/Auckland"),
}
CASES = tuple(f"frz_local_0{one}jz8c0000000000000000000" for one in range(3))


class Keep(NamedTuple):
    country: str
    people: tuple[int, ...]
    over: datetime | None
    slip: bool


class Freeze(NamedTuple):
    case: int
    people: tuple[int, ...]  # nobody: the request is completed, the hold released
    by: str


class Wait(NamedTuple):
    days: int


STARTS = st.one_of(
    st.none(),
    st.timedeltas(timedelta(days=-8 * 366), timedelta()).map(lambda passed: NOW + passed),
    st.sampled_from([date(2020, 2, 29), date(2022, 12, 31), date(2023, 1, 1)]).flatmap(
        lambda day: st.integers(0, 23).map(lambda hour: datetime(day.year, day.month, day.day, hour, tzinfo=UTC))
    ),
)
SOME = st.sets(st.integers(0, 2), min_size=1, max_size=2).map(lambda found: tuple(sorted(found)))
STEPS = st.lists(
    st.one_of(
        st.builds(Keep, country=st.sampled_from(sorted(LAWS)), people=SOME, over=STARTS, slip=st.booleans()),
        st.builds(
            Freeze,
            case=st.integers(0, 2),
            people=SOME | st.just(()),
            by=st.sampled_from(["email", "phone", "person_id"]),
        ),
        st.builds(Wait, days=st.sampled_from([1, 30, 365, 366])),
    ),
    max_size=14,
)


def ends(row: Keep) -> datetime | None:
    """The first instant at which the row may be purged."""
    if row.over is None:
        return None
    years, whole, clock = LAWS[row.country]
    zone = ZoneInfo(clock)
    day = row.over.astimezone(zone).date()
    if whole:
        return datetime(day.year + years + 1, 1, 1, tzinfo=zone)
    try:
        last = day.replace(year=day.year + years)
    except ValueError:  # 29 February
        last = date(day.year + years, 2, 28)
    return datetime.combine(last + timedelta(days=1), datetime.min.time(), zone)


@given(STEPS)
@settings(max_examples=40, deadline=None)
def test_a_run_purges_what_has_ended_and_nobody_freezes(keys: Keys, steps: list[Keep | Freeze | Wait]) -> None:
    asyncio.run(_play(keys, steps))


async def _play(keys: Keys, steps: list[Keep | Freeze | Wait]) -> None:
    with TemporaryDirectory() as folder:
        async with sealed(Path(folder), SERVICE, KINDS, keys) as store:
            purger = Purger(store, keys)
            rows: dict[str, Keep] = {}
            frozen: dict[int, tuple[int, ...]] = {}
            gone: set[str] = set()
            for number, one in enumerate(steps):
                if isinstance(one, Keep):
                    rows[f"{number:02}"] = one
                    first, *rest = (PERSONS[who] for who in one.people)
                    kind = Slip if one.slip else File
                    others = tuple(rest)
                    await purger.keep(
                        kind(id=f"{number:02}", owner=first, others=others, country=one.country, over=one.over)
                    )
                elif isinstance(one, Freeze):
                    frozen[one.case] = one.people
                    known = [Person(**{one.by: getattr(PERSONS[who], one.by)}) for who in one.people]
                    await freeze(purger, *known, statement=number + 1, id=CASES[one.case])
                else:
                    purger.clock.advance(timedelta(days=one.days))
                    await purger.purge_all()
                    held = {who for people in frozen.values() for who in people}
                    for name, row in rows.items():
                        end = ends(row)
                        if end is not None and end <= purger.clock.now() and held.isdisjoint(row.people):
                            gone.add(name)
            found = await owners(purger)
            assert found == {
                name: Person() if name in gone else PERSONS[row.people[0]]
                for name, row in rows.items()
                if not (row.slip and name in gone)
            }
