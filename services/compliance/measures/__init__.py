"""Measures: every service corrects, restricts or releases the data of the person of a request, and states it."""

from libs.slices import Slice
from services.compliance.measures.consumers import CONSUMERS
from services.compliance.measures.documents import KINDS
from services.compliance.measures.jobs import JOBS
from services.compliance.measures.usecases import FOUR_EYES

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS, jobs=JOBS, guarded=FOUR_EYES.guarded)
