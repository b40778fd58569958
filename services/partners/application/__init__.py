"""The states of a partner: application, vetting, approval, suspension, termination; and its tier."""

from libs.slices import Slice
from services.partners.application.jobs import JOBS
from services.partners.application.usecases.transitions import FOUR_EYES

SLICE = Slice(jobs=JOBS, guarded=FOUR_EYES.guarded)
