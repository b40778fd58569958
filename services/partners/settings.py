"""The policy of the partners service, and the typed environment of its use cases."""

import msgspec

from libs import env
from libs.decisions.four_eyes import Deciding
from libs.store.keyed_locks import KeyedLocks


class Settings(Deciding, frozen=True, kw_only=True):
    """The policy, and the locks by which calls of this process wait for each other."""

    locks: KeyedLocks = msgspec.field(default_factory=KeyedLocks)


Env = env.Env[Settings]
