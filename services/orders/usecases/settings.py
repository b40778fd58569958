"""The policy of orders, and the typed environment of their use cases."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import msgspec

from libs.errors import InvalidInput, Violation
from libs.messaging import outbox
from libs.privacy.subject_data import Disclosing
from libs.store.turns import Turns

_AHEAD_OF_UTC = timedelta(hours=14)  # it is tomorrow somewhere already


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What a vendor decides, from `PRM_ORDERS_TERMS_DAYS_WITHOUT_ACCOUNT` on: days to pay for partners without credit
    terms."""

    terms_days_without_account: int = 30


class Settings(Disclosing, frozen=True, kw_only=True):
    """The policy, what finding a person needs, and the lines in which calls of this process wait for each other."""

    policy: Policy = Policy()
    turns: Turns = msgspec.field(default_factory=Turns)


Env = outbox.Env[Settings]


def today(env: Env) -> date:
    """The day it is now where the cell is."""
    return env.clock.now().astimezone(ZoneInfo(env.directory.here.time_zone)).date()


def latest_day(env: Env) -> date:
    """The last day that has begun anywhere."""
    return (env.clock.now() + _AHEAD_OF_UTC).date()


def refuse_future(env: Env, field: str, day: date) -> None:
    """InvalidInput for a day that has begun nowhere."""
    if day > latest_day(env):
        raise InvalidInput([Violation(field, "is in the future", "IN_THE_FUTURE")])
