"""What we owe partners: payments on account, credits, their allocation to invoices, refunds; and statements of
account."""

from libs.slices import Slice
from services.orders.balance.documents import KINDS
from services.orders.balance.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS)
