"""What partners' use cases are given, and the typed environment they run in."""

from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from libs import env
from libs.decisions.four_eyes import Deciding
from libs.store.turns import Turns


class Settings(Deciding, frozen=True, kw_only=True):
    """The policy, the cell's keys and objects, and the lines in which calls of this process wait for each other."""

    turns: Turns = msgspec.field(default_factory=Turns)


Env = env.Env[Settings]


def today(env: Env) -> date:
    """The day it is now where the cell is."""
    return env.clock.now().astimezone(ZoneInfo(env.directory.here.time_zone)).date()
