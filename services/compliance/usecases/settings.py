"""The typed environment of the use cases of compliance."""

import msgspec

from libs import env
from libs.lifetime import Lane
from services.compliance.domain.chain import Signing


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Keys and objects, and when the trail is signed; a policy of its own comes with the statutory clocks. exports,
    packages: what all calls that make one share, so that no other call waits for more than a slice of one."""

    signing: Signing = Signing()
    exports: Lane = msgspec.field(default_factory=Lane)
    packages: Lane = msgspec.field(default_factory=Lane)


Env = env.Env[Settings]
