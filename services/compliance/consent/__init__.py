"""For which purposes data of persons is processed, what permits that, and who consented; receipts of consents."""

from libs.slices import Slice
from services.compliance.consent.documents import KINDS

SLICE = Slice(kinds=KINDS)
