"""Data quality: scores of the records of partners and contacts, findings, and who mended them."""

from libs.slices import Slice
from services.partners.quality.consumers import CONSUMERS
from services.partners.quality.documents import KINDS
from services.partners.quality.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS, consumers=CONSUMERS)
