"""What officers decide about requests: on hold and resumed, completed, denied by two persons, withdrawn."""

from libs.slices import Slice
from services.compliance.handling.usecases import FOUR_EYES

SLICE = Slice(guarded=FOUR_EYES.guarded)
