"""Forecasts of demand by product and partner, with their error and band, kept to be compared with what came."""

from libs.slices import Slice
from services.orders.demand.documents import KINDS

SLICE = Slice(kinds=KINDS)
