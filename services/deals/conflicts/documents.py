"""What open claims share: the slots of their customers' keys, and the account of their partner."""

from libs.store.port import Kind
from services.deals.conflicts.domain.accounts import ClaimAccount
from services.deals.conflicts.domain.matching import KeySlot

SLOTS = Kind("key_slot", KeySlot)
ACCOUNTS = Kind("claim_account", ClaimAccount, owner="id")

KINDS = (SLOTS, ACCOUNTS)
