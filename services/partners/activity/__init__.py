"""What the other services report of partners, and the totals for each partner and its downline."""

from libs.slices import Slice
from services.partners.activity.consumers import CONSUMERS
from services.partners.activity.documents import KINDS
from services.partners.activity.jobs import JOBS

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS, jobs=JOBS)
