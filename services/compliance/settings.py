"""The settings of compliance, and the typed environment of its use cases."""

from datetime import timedelta

import msgspec

from libs import env
from libs.lifetime import Lane


class Signing(msgspec.Struct, frozen=True, kw_only=True):
    """When a checkpoint of the trail is due: after so many new entries or so much time, whichever comes first; from
    `PRM_COMPLIANCE_CHECKPOINT_ENTRIES` and `PRM_COMPLIANCE_CHECKPOINT_INTERVAL`."""

    checkpoint_entries: int = 1000
    checkpoint_interval: timedelta = timedelta(minutes=1)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """signing: when checkpoints are due. exports, packages: all calls that build an export or a package share the lane,
    so that no other call waits longer than one slice of it."""

    signing: Signing = Signing()
    exports: Lane = msgspec.field(default_factory=Lane)
    packages: Lane = msgspec.field(default_factory=Lane)


Env = env.Env[Settings]
