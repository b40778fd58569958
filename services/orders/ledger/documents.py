"""The kinds of the ledger, with their indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.orders.ledger.domain.counting import CreditedSale
from services.orders.ledger.domain.entry import Account, Entry, PlanBook
from services.orders.ledger.domain.record import SaleRecord

SALE_RECORDS = Kind("sale_record", SaleRecord, (Index(("due_time",)),), owner="partner_id")
CREDITED_SALES = Kind(
    "credited_sale", CreditedSale, (Index(("order_id",)), Index(("account_id",)), Index(("account_id", "tally")))
)
ACCOUNTS = Kind(
    "incentive_account",
    Account,
    (Index(("pending",)), *serving("partner_id", "plan_code", orders=("",))),
    owner="partner_id",
)
ENTRIES = Kind(
    "incentive_entry",
    Entry,
    (Index(("account_id", "tally")), *serving("partner_id", "account_id", orders=("",))),
    owner="partner_id",
)
BOOKS = Kind("incentive_book", PlanBook)

KINDS = (SALE_RECORDS, CREDITED_SALES, ACCOUNTS, ENTRIES, BOOKS)
