"""The typed environment of the use cases of compliance."""

import msgspec

from libs import env
from services.compliance.domain.chain import Signing


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Keys and objects, and when the trail is signed; a policy of its own comes with the statutory clocks."""

    signing: Signing = Signing()


Env = env.Env[Settings]
