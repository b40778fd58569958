"""The kinds that several claims write: the slots of customers' keys, and the account of a partner."""

from libs.cross_checks.documents import KINDS as CHECK_KINDS
from libs.store.port import Kind
from services.deals.conflicts.domain.accounts import ClaimAccount
from services.deals.conflicts.domain.matching import KeySlot

SLOTS = Kind("key_slot", KeySlot)
ACCOUNTS = Kind("claim_account", ClaimAccount, owner="id")

KINDS = (SLOTS, ACCOUNTS, *CHECK_KINDS)
