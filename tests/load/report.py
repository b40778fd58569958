"""A row of the benchmark: a ratio or a rate with its quartiles, against what must and what should be."""

import os
import platform
from collections.abc import Sequence
from statistics import median, quantiles

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line. value: the median. met: whether it is what it must be."""

    measure: str
    value: float
    quartiles: tuple[float, float]
    must: float
    aim: float
    met: bool
    unit: str = "ratio"
    notes: str = ""


def row(
    measure: str,
    values: Sequence[float],
    *,
    must: float,
    aim: float,
    most: bool = False,
    unit: str = "ratio",
    notes: str = "",
) -> Row:
    """A row of several values; `most`: the smaller the better."""
    middle = median(values)
    low, _, high = quantiles(values, n=4) if len(values) > 1 else (middle, middle, middle)
    return Row(
        measure=measure,
        value=round(middle, 3),
        quartiles=(round(low, 3), round(high, 3)),
        must=must,
        aim=aim,
        met=middle <= must if most else middle >= must,
        unit=unit,
        notes=notes,
    )


def machine() -> dict[str, object]:
    """What it ran on."""
    return {
        "machine": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "load_before": round(os.getloadavg()[0], 2),
    }
