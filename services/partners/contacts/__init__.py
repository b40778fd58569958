"""The persons who work for a partner: added, changed, removed."""

from libs.slices import Slice
from services.partners.contacts.documents import KINDS

SLICE = Slice(kinds=KINDS)
