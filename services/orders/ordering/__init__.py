"""Orders up to their confirmation: drafted, submitted, held, released, canceled, closed."""

from libs.slices import Slice
from services.orders.ordering.consumers import CONSUMERS
from services.orders.ordering.jobs import JOBS
from services.orders.ordering.usecases.release import FOUR_EYES

SLICE = Slice(jobs=JOBS, consumers=CONSUMERS, guarded=FOUR_EYES.guarded)
