"""Requests of data subjects, and the search for their data in every service, round by round."""

from libs.slices import Slice
from services.compliance.requests.consumers import CONSUMERS
from services.compliance.requests.documents import KINDS

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS)
