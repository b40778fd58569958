"""The policy of orders, and the typed environment of their use cases."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from libs import env
from libs.decisions.four_eyes import Deciding, DecisionPolicy
from libs.errors import InvalidInput, Violation
from libs.money import LIMIT_UNITS
from libs.store.turns import Turns
from services.orders.domain.dunning import DunningPolicy

Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
Units = Annotated[int, Meta(ge=0, le=LIMIT_UNITS)]

_AHEAD_OF_UTC = timedelta(hours=14)  # it is tomorrow somewhere already


class Policy(DecisionPolicy, frozen=True, kw_only=True):
    """What a vendor decides, as `PRM_ORDERS_<NAME>`. terms_days_without_account: days to pay for partners without
    credit terms. release_alone_up_to: of how many whole units a held order may be that one person releases, by
    currency; in one that is not named it always takes two. credit_alone_up_to: to how many whole units one person may
    raise a credit limit, alike. dunning: the steps of asking for what is overdue."""

    terms_days_without_account: int = 30
    release_alone_up_to: dict[Currency, Units] = msgspec.field(default_factory=dict)
    credit_alone_up_to: dict[Currency, Units] = msgspec.field(default_factory=dict)
    dunning: DunningPolicy = DunningPolicy()


class Settings(Deciding, frozen=True, kw_only=True):
    """The policy, what finding a person needs, and the lines in which calls of this process wait for each other."""

    policy: Policy = Policy()
    turns: Turns = msgspec.field(default_factory=Turns)


Env = env.Env[Settings]


def today(env: Env) -> date:
    """The day it is now where the cell is."""
    return env.clock.now().astimezone(ZoneInfo(env.directory.here.time_zone)).date()


def latest_day(env: Env) -> date:
    """The last day that has begun anywhere."""
    return (env.clock.now() + _AHEAD_OF_UTC).date()


def future(env: Env, field: str, day: date) -> Iterator[Violation]:
    """The field of a day that has begun nowhere."""
    if day > latest_day(env):
        yield Violation(field, "is in the future", "IN_THE_FUTURE")


def early(field: str, day: date, first: date) -> Iterator[Violation]:
    """The field of a day before the first one it can be."""
    if day < first:
        yield Violation(field, f"is before {first}", "DATES_OUT_OF_ORDER")


def refuse(*found: Violation) -> None:
    """InvalidInput with everything that was found, if anything was."""
    if found:
        raise InvalidInput(found)
