"""The record of a partner: its profile, its state, the facts about it in every event."""

from libs.slices import Slice
from services.partners.record.documents import KINDS, PARTNERS

SLICE = Slice(kinds=KINDS, partners=PARTNERS)
