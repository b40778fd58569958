"""Handover: when a partner or a person of the vendor leaves, every service lists what is open, and moves it."""

from libs.slices import Slice
from services.partners.handover.consumers import CONSUMERS
from services.partners.handover.documents import KINDS
from services.partners.handover.usecases import FOUR_EYES

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS, guarded=FOUR_EYES.guarded)
