"""Incentive plans: versions of who earns what on which sales."""

from libs.slices import Slice
from services.orders.incentives.documents import KINDS

SLICE = Slice(kinds=KINDS)
