"""Credit terms, what a partner owes in a currency, and what we owe it."""

from libs.slices import Slice
from services.orders.credit.documents import KINDS
from services.orders.credit.usecases import FOUR_EYES

SLICE = Slice(kinds=KINDS, guarded=FOUR_EYES.guarded)
