"""Statements of the return on an investment: stated costs against measured benefits."""

from libs.slices import Slice
from services.orders.roi.documents import KINDS

SLICE = Slice(kinds=KINDS)
