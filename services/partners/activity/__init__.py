"""What the other services report of a partner and of its downline, and the sums of it."""

from libs.slices import Slice
from services.partners.activity.consumers import CONSUMERS
from services.partners.activity.documents import KINDS
from services.partners.activity.jobs import JOBS

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS, jobs=JOBS)
