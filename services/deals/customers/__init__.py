"""End customers: one record per company, made from claims, with its claims, orders and tickets in one history."""

from libs.slices import Slice
from services.deals.customers.consumers import CONSUMERS
from services.deals.customers.documents import KINDS
from services.deals.customers.jobs import JOBS

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS, jobs=JOBS)
