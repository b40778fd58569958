"""The kinds of credit splits, with their indexes."""

from libs.store.port import Index, Kind
from services.deals.split.domain import CreditShare, CreditSplit

SPLITS = Kind("credit_split", CreditSplit)
SHARES = Kind("credit_share", CreditShare, (Index(("partner_id",)),), owner="partner_id")

KINDS = (SPLITS, SHARES)
