"""Direct sales: for which product lines the vendor's own sellers keep out, because a partner is protected."""

from libs.slices import Slice
from services.deals.direct.documents import KINDS

SLICE = Slice(kinds=KINDS)
