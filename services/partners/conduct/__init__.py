"""The conduct of partners: rules, cases about breaches, what is decided in them, appeals, and points that decay."""

from libs.slices import Slice
from services.partners.conduct.consumers import CONSUMERS
from services.partners.conduct.documents import KINDS
from services.partners.conduct.jobs import JOBS
from services.partners.conduct.usecases.deciding import FOUR_EYES

SLICE = Slice(kinds=KINDS, jobs=JOBS, consumers=CONSUMERS, guarded=FOUR_EYES.guarded)
