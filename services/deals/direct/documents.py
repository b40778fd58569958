"""The kind of direct sales: how often a seller has checked today."""

from libs.store.port import Kind
from services.deals.direct.domain import DirectAccount

DIRECT_ACCOUNTS = Kind("direct_account", DirectAccount)

KINDS = (DIRECT_ACCOUNTS,)
