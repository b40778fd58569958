"""The settings of compliance, and the typed environment of its use cases."""

from datetime import timedelta

import msgspec

from libs import env
from libs.lifetime import Lane


class Signing(msgspec.Struct, frozen=True, kw_only=True):
    """When a checkpoint of the trail is due, from `PRM_COMPLIANCE_CHECKPOINT_ENTRIES` and `..._INTERVAL`: after so many
    entries or so much time, whichever comes first."""

    checkpoint_entries: int = 1000
    checkpoint_interval: timedelta = timedelta(minutes=1)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """When the trail is signed. exports, packages: shared by all calls that make one, so that no other call waits for
    more than a slice of one."""

    signing: Signing = Signing()
    exports: Lane = msgspec.field(default_factory=Lane)
    packages: Lane = msgspec.field(default_factory=Lane)


Env = env.Env[Settings]
