"""A row of the benchmark: a ratio or a rate with its quartiles, against what must and what should be."""

import os
import platform
import sqlite3
import sysconfig
from collections.abc import Sequence
from statistics import median, quantiles

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line. value: the median. met: whether it is what it must be. ran_on: interpreter and stores."""

    measure: str
    value: float
    quartiles: tuple[float, float]
    must: float
    aim: float
    met: bool
    ran_on: str
    unit: str = "ratio"
    notes: str = ""


class Skipped(msgspec.Struct, frozen=True):
    """A row that could not be measured here, and why; what it must be is not held against the run."""

    measure: str
    skipped: str


def row(
    measure: str,
    values: Sequence[float],
    *,
    must: float,
    aim: float,
    most: bool = False,
    unit: str = "ratio",
    notes: str = "",
    beside: str = "",
) -> Row:
    """A row of several values; `most`: the smaller the better. beside: the store of what ours is compared with."""
    middle = median(values)
    low, _, high = quantiles(values, n=4) if len(values) > 1 else (middle, middle, middle)
    return Row(
        measure=measure,
        value=round(middle, 3),
        quartiles=(round(low, 3), round(high, 3)),
        must=must,
        aim=aim,
        met=middle <= must if most else middle >= must,
        ran_on=_ran_on() + (f"; beside {beside}" if beside else ""),
        unit=unit,
        notes=notes,
    )


def machine() -> dict[str, object]:
    """The machine it ran on."""
    return {
        "machine": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _ran_on() -> str:
    built = sysconfig.get_config_var("CONFIG_ARGS") or ""
    how = "with" if "--enable-optimizations" in built else "without"
    python = f"{platform.python_implementation()} {platform.python_version()} built {how} --enable-optimizations"
    return f"{python}, SQLite {sqlite3.sqlite_version}"
