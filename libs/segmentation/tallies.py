"""Counts the rows of a segmentation, page by page: by class, by life cycle, and by how their class changed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

import msgspec

from libs.segmentation.lifecycle import LifeCycle


class ClassTally(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of a class, and their revenue in ten-thousandths. class_code: empty for those without a class. `count`
    is stored as `partner_count`, here and below, as older rows have it."""

    class_code: str
    count: int = msgspec.field(name="partner_count")
    revenue: int


class LifeCycleTally(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows are in a life cycle."""

    life_cycle: LifeCycle
    count: int = msgspec.field(name="partner_count")


class ClassChange(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows were in `from_class` in the run before and are in `to_class` now, which may be the same class.
    Empty: in no class."""

    from_class: str
    to_class: str
    count: int = msgspec.field(name="partner_count")


class Divided(Protocol):
    """A row with its class."""

    @property
    def revenue(self) -> int | None:
        """In ten-thousandths; None if it is unknown."""

    @property
    def class_code(self) -> str:
        """Empty without a class."""

    @property
    def class_before(self) -> str:
        """The class in the run before; empty without one."""

    @property
    def life_cycle(self) -> LifeCycle | None:
        """None if the revenue is unknown."""


class Tallies(NamedTuple):
    """The counts of a run so far."""

    classes: tuple[ClassTally, ...] = ()
    life_cycles: tuple[LifeCycleTally, ...] = ()
    class_changes: tuple[ClassChange, ...] = ()

    def after(self, rows: Iterable[Divided], *, compared: bool) -> "Tallies":
        """The counts with more rows. compared: whether there is a run before."""
        counts = Counter({one.class_code: one.count for one in self.classes})
        sums = Counter({one.class_code: one.revenue for one in self.classes})
        cycles = Counter({one.life_cycle: one.count for one in self.life_cycles})
        pairs = self._pairs()
        for row in rows:
            counts[row.class_code] += 1
            sums[row.class_code] += row.revenue or 0
            cycles.update([row.life_cycle] if row.life_cycle else [])
            pairs.update([(row.class_before, row.class_code)] if compared else [])
        return Tallies(
            tuple(ClassTally(class_code=c, count=n, revenue=sums[c]) for c, n in sorted(counts.items())),
            tuple(LifeCycleTally(life_cycle=one, count=cycles[one]) for one in LifeCycle if cycles[one]),
            _changes(pairs),
        )

    def completed(self, before: Iterable[ClassTally]) -> "Tallies":
        """The counts after the last row. before: the classes of the run before; who had a class there and has no row
        now has left it."""
        pairs = self._pairs()
        for one in before:
            here = sum(count for (code, _), count in pairs.items() if code == one.class_code)
            if one.class_code and one.count > here:
                pairs[one.class_code, ""] += one.count - here
        return self._replace(class_changes=_changes(pairs))

    def _pairs(self) -> Counter[tuple[str, str]]:
        return Counter({(one.from_class, one.to_class): one.count for one in self.class_changes})


def _changes(pairs: Mapping[tuple[str, str], int]) -> tuple[ClassChange, ...]:
    return tuple(
        ClassChange(from_class=before, to_class=after, count=count) for (before, after), count in sorted(pairs.items())
    )
