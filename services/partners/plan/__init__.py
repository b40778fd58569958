"""Joint plans of the vendor and a partner: targets that both agree to, how much is reached, and what is done for it."""

from libs.slices import Slice
from services.partners.plan.documents import KINDS

SLICE = Slice(kinds=KINDS)
