"""Return on funds: the orders attributed to a request, over the money spent for it."""

from libs.slices import Slice
from services.partners.fund_returns.documents import KINDS

SLICE = Slice(kinds=KINDS)
