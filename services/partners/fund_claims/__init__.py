"""Claims: what a partner has spent on an approved request, and what the vendor pays for it."""

from libs.slices import Slice
from services.partners.fund_claims.documents import KINDS
from services.partners.fund_claims.usecases.deciding import FOUR_EYES

SLICE = Slice(kinds=KINDS, guarded=FOUR_EYES.guarded)
