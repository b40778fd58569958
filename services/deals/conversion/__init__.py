"""Converts a protected claim that the partner has won into an order."""

from libs.slices import Slice
from services.deals.conversion.consumers import CONSUMERS

SLICE = Slice(consumers=CONSUMERS)
