"""A partner's claim on a customer: its record, and its draft until the partner submits it."""

from libs.slices import Slice
from services.deals.claims.documents import KINDS

SLICE = Slice(kinds=KINDS)
