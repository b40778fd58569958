"""The terms that each law sets for each type of request, read from the table `regimes.csv`.

`ANY` is for the types of a law that have no row of their own.
"""

from collections.abc import Iterator
from datetime import date
from enum import Enum
from functools import cache

import msgspec

from libs.deadlines import Allowance
from services.compliance.clocks.domain.regimes import Regime, RequestType
from services.compliance.law.domain.tables import allowance_of, flag_of, table

TABLE = "regimes.csv"
_ANY = "ANY"


class Standing(Enum):
    """STATUTE: the law sets the term. HOUSE_LIMIT: the law sets none, the vendor does. UNCONFIRMED: from secondary
    sources; counsel has to confirm it."""

    STATUTE = "STATUTE"
    HOUSE_LIMIT = "HOUSE_LIMIT"
    UNCONFIRMED = "UNCONFIRMED"


class RegimeRule(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table. type: None for every type without a row of its own. acknowledge, answer, extended: allowances
    from the receipt, `extended` in place of `answer`; None: the law knows none. pausable: whether the clock stops while
    information of the person is awaited. verify: whether the person must prove their identity first. duty: what
    else the law asks for; may be empty."""

    regime: Regime
    type: RequestType | None
    version: int
    in_force: date
    acknowledge: Allowance | None
    answer: Allowance
    extended: Allowance | None
    pausable: bool
    verify: bool
    standing: Standing
    basis: str
    duty: str
    source: str

    @property
    def name(self) -> str:
        """The name of the rule in an explanation: `gdpr/any`."""
        return f"{self.regime.name}/{self.type.name if self.type else _ANY}".lower()


@cache
def rules() -> tuple[RegimeRule, ...]:
    """All rows of the table; ValueError or KeyError for a row that cannot be read."""
    return table("services.compliance.clocks.domain", TABLE, _rule)


def rule_of(regime: Regime, type: RequestType, on: date) -> RegimeRule | None:
    """The rule of a law for a request that was received on this day; None if none was in force."""
    return max(_applicable(regime, type, on), key=lambda one: (one.type is not None, one.in_force), default=None)


def rules_on(type: RequestType, on: date) -> tuple[RegimeRule, ...]:
    """The rules of all laws for a request of this day. If no law was in force then, the earliest row of each law, so
    that a request always has a term."""
    found = tuple(one for regime in Regime if (one := rule_of(regime, type, on)) is not None)
    return found or tuple(_first(regime, type) for regime in Regime if regime is not Regime.OTHER)


def _applicable(regime: Regime, type: RequestType, on: date) -> Iterator[RegimeRule]:
    fitting = (one for one in rules() if one.regime is regime and one.type in (None, type))
    return (one for one in fitting if one.in_force <= on)


def _first(regime: Regime, type: RequestType) -> RegimeRule:
    fitting = (one for one in rules() if one.regime is regime and one.type in (None, type))
    return min(fitting, key=lambda one: (one.type is None, one.in_force))


def _rule(row: dict[str, str]) -> RegimeRule:
    return RegimeRule(
        regime=Regime(row["regime"]),
        type=None if row["type"] == _ANY else RequestType(row["type"]),
        version=int(row["version"]),
        in_force=date.fromisoformat(row["in_force"]),
        acknowledge=_optional(row["acknowledge"]),
        answer=allowance_of(row["answer"]),
        extended=_optional(row["extended"]),
        pausable=flag_of(row["pausable"]),
        verify=flag_of(row["verify"]),
        standing=Standing(row["standing"]),
        basis=row["basis"],
        duty=row["duty"],
        source=row["source"],
    )


def _optional(text: str) -> Allowance | None:
    return allowance_of(text) if text else None
