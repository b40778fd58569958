"""The typed environment of the use cases of compliance."""

from libs.messaging import outbox
from libs.privacy.subject_data import Disclosing
from services.compliance.domain.chain import Signing


class Settings(Disclosing, frozen=True, kw_only=True):
    """Keys and objects, and when the trail is signed; a policy of its own comes with the statutory clocks."""

    signing: Signing = Signing()


Env = outbox.Env[Settings]
