"""Courses that the contacts of partners complete, the certificates that follow, and the gates that ask for them."""

from libs.slices import Slice
from services.partners.certification.consumers import CONSUMERS
from services.partners.certification.documents import KINDS
from services.partners.certification.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS, consumers=CONSUMERS)
