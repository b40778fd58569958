"""The typed environment of the use cases of compliance."""

from libs.messaging import outbox
from libs.privacy.subject_data import Disclosing


class Settings(Disclosing, frozen=True, kw_only=True):
    """Keys and objects; a policy of its own comes with the statutory clocks."""


Env = outbox.Env[Settings]
