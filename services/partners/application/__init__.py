"""The states of a partner: application, vetting, approval, suspension, termination; and its tier."""

from libs.slices import Slice
from services.partners.application.usecases.transitions import FOUR_EYES

SLICE = Slice(guarded=FOUR_EYES.guarded)
