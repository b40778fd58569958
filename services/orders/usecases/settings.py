"""The policy of orders, and the typed environment of their use cases."""

from libs.messaging import outbox
from libs.privacy.subject_data import Disclosing


class Settings(Disclosing, frozen=True, kw_only=True):
    """What a vendor decides. terms_days_without_account: days to pay for partners without credit terms."""

    terms_days_without_account: int = 30


Env = outbox.Env[Settings]
