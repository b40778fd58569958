"""The life of a partner: application, vetting, approval, suspension, its tier, its end."""

from libs.slices import Slice
from services.partners.application.usecases.transitions import FOUR_EYES

SLICE = Slice(guarded=FOUR_EYES.guarded)
