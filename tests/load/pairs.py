"""Two sides measured in turns: slices of ours, each beside a slice of what it is compared with."""

from statistics import median
from typing import NamedTuple

import msgspec

from tests.load.driver import Loop, Target
from tests.load.process import cpu_seconds

WARM_SECONDS = 1.0


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How long a run takes: slices of each side, and how many of them. full: rows about large stores are measured at
    the size of their target, which takes minutes. rows: how many rows an import has, or persons a store; 0: as many as
    the group says."""

    slice_seconds: float = 2.0
    pairs: int = 7
    full: bool = False
    rows: int = 0


class Side(NamedTuple):
    """What is called, by which name it stands in the notes, and the processes whose processor time counts."""

    name: str
    target: Target
    pids: tuple[int, ...]


class Pairs(msgspec.Struct, frozen=True):
    """Slices of ours, each beside one of the other side. names: of both."""

    names: tuple[str, str]
    slices: list[tuple[Loop, Loop]]

    @property
    def rates(self) -> list[float]:
        """Our calls for one of the other side."""
        return [ours.rate / other.rate for ours, other in self.slices]

    @property
    def notes(self) -> str:
        """What the ratio is made of: rates, and processor time of the server, which neighbours disturb least. The last
        part is the ratio as it would be if nothing but processor time counted."""
        told, spent = [], []
        for side, name in enumerate(self.names):
            loops = [pair[side] for pair in self.slices]
            rate, cpu = median([one.rate for one in loops]), median([one.server_cpu_micros for one in loops])
            told.append(f"{name} {rate:.0f}/s, {cpu:.0f} us of server cpu a call")
            spent.append(cpu)
        return f"{'; '.join(told)}; by server cpu {spent[1] / spent[0]:.2f}"


async def in_turns(ours: Side, other: Side, callers: int, pace: Pace) -> Pairs:
    """Slices of both in turns, so that the neighbours disturb both alike; every other pair begins with the other."""

    async def slice_of(side: Side) -> Loop:
        before = cpu_seconds(side.pids)
        loop = await side.target.loop(callers, pace.slice_seconds)
        return msgspec.structs.replace(loop, server_cpu_seconds=cpu_seconds(side.pids) - before)

    for side in (ours, other):
        await side.target.loop(callers, WARM_SECONDS)
    found = []
    for pair in range(pace.pairs):
        if pair % 2:
            bare = await slice_of(other)
            found.append((await slice_of(ours), bare))
        else:
            mine = await slice_of(ours)
            found.append((mine, await slice_of(other)))
    return Pairs((ours.name, other.name), found)
