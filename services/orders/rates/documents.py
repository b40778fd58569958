"""The kinds of exchange rates: the tables as they are, and their revisions."""

from libs.rates_projection import RATE_TABLES
from libs.store.port import Kind
from services.orders.rates.domain import RateRevision

RATE_REVISIONS = Kind("rate_revision", RateRevision)

KINDS = (RATE_TABLES, RATE_REVISIONS)
