"""The command of the jobs of the facts, and what it answers."""

import msgspec

from libs.call import Command

WRITES_AT_MOST = 1_000
"""In one commit."""


class Work(Command, frozen=True, kw_only=True):
    """Do a part of the work that waits."""


class Done(msgspec.Struct, frozen=True):
    """How many rows were worked on."""

    count: int = 0
