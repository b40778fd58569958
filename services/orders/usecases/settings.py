"""The policy of orders, and the typed environment of their use cases."""

import msgspec

from libs.messaging import outbox
from libs.privacy.subject_data import Disclosing


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What a vendor decides, from `PRM_ORDERS_TERMS_DAYS` on. terms_days: to pay, for partners without credit terms."""

    terms_days: int = 30


class Settings(Disclosing, frozen=True, kw_only=True):
    """The policy, and what finding a person needs."""

    policy: Policy = Policy()


Env = outbox.Env[Settings]
