"""Credit terms, and what a partner owes in a currency."""

from libs.slices import Slice
from services.orders.credit.documents import KINDS
from services.orders.credit.usecases import FOUR_EYES

SLICE = Slice(kinds=KINDS, guarded=FOUR_EYES.guarded)
