"""The numbers of persons a year from which a law asks for certain mechanisms: data, with its source.

Counsel signs these rows off before production. A new row needs a source and the day from which it is in force.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from enum import Enum

import msgspec

from services.compliance.law.domain.mechanisms import TransferMechanism

NEAR_PERCENT = 80

_FILED = (
    TransferMechanism.CAC_STANDARD_CONTRACT,
    TransferMechanism.CAC_SECURITY_ASSESSMENT,
    TransferMechanism.PI_CERTIFICATION,
)
_ASSESSED = (TransferMechanism.CAC_SECURITY_ASSESSMENT,)


class Counted(Enum):
    """What counts towards a threshold: every person, or those of whom something sensitive was sent."""

    PERSONS = "PERSONS"
    SENSITIVE_PERSONS = "SENSITIVE_PERSONS"


class ThresholdState(Enum):
    """How near a count is to a threshold; as the proto's enum."""

    CLEAR = "CLEAR"
    NEAR = "NEAR"
    REACHED = "REACHED"


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """From `limit` persons a year on, only `mechanisms` permit a transfer from `country`. critical: only for an
    operator of critical infrastructure. since: in force from that day. version: raise it when a row changes."""

    name: str
    country: str
    counted: Counted
    limit: int
    mechanisms: tuple[TransferMechanism, ...]
    source: str
    since: date
    version: int = 1
    critical: bool = False

    def state(self, counted: int) -> ThresholdState:
        """How near that many persons are."""
        if counted >= self.limit:
            return ThresholdState.REACHED
        return ThresholdState.NEAR if counted * 100 >= self.limit * NEAR_PERCENT else ThresholdState.CLEAR


_CAC = "CAC, Provisions on Promoting and Regulating Cross-border Data Flows, 2024-03-22, Art."
_IN_FORCE = date(2024, 3, 22)


def _china(
    counted: Counted, limit: int, *mechanisms: TransferMechanism, article: str, critical: bool = False
) -> Threshold:
    name = f"cn.{'critical' if critical else counted.name.lower()}.{limit}"
    return Threshold(
        name=name,
        country="CN",
        counted=counted,
        limit=limit,
        mechanisms=mechanisms,
        source=f"{_CAC} {article}",
        since=_IN_FORCE,
        critical=critical,
    )


THRESHOLDS = (
    _china(Counted.PERSONS, 100_000, *_FILED, article="5 (4), 8"),
    _china(Counted.PERSONS, 1_000_000, *_ASSESSED, article="7 (2)"),
    _china(Counted.SENSITIVE_PERSONS, 1, *_FILED, article="5 (4), 8"),
    _china(Counted.SENSITIVE_PERSONS, 10_000, *_ASSESSED, article="7 (2)"),
    _china(Counted.PERSONS, 1, *_ASSESSED, article="7 (1)", critical=True),
)


class ThresholdUse(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold and how near a count is; as prm.compliance.v1.TransferThreshold."""

    name: str
    source: str
    limit: int
    counted: int
    mechanisms: tuple[TransferMechanism, ...]
    state: ThresholdState


def applying(
    rows: Iterable[Threshold], serves: Callable[[str], bool], day: date, *, critical: bool
) -> tuple[Threshold, ...]:
    """Those of the thresholds that apply to a cell on a day. serves: whether the cell serves a country. critical:
    whether its operator is one of critical infrastructure."""
    return tuple(one for one in rows if serves(one.country) and one.since <= day and (critical or not one.critical))


def uses(thresholds: Iterable[Threshold], *, persons: int, sensitive: int) -> Iterator[ThresholdUse]:
    """Each threshold with what counts towards it."""
    for one in thresholds:
        counted = persons if one.counted is Counted.PERSONS else sensitive
        yield ThresholdUse(
            name=one.name,
            source=one.source,
            limit=one.limit,
            counted=counted,
            mechanisms=one.mechanisms,
            state=one.state(counted),
        )
