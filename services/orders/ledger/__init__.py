"""The ledger: what beneficiaries earn under incentive plans, entry by entry, and why."""

from libs.slices import Slice
from services.orders.ledger.consumers import CONSUMERS
from services.orders.ledger.documents import KINDS
from services.orders.ledger.jobs import JOBS

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS, jobs=JOBS)
