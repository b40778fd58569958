"""Links the requests of one person in several cells, which tell each other their states and nothing else."""

from libs.slices import Slice
from services.compliance.linking.consumers import ARRIVING
from services.compliance.linking.jobs import JOBS

SLICE = Slice(jobs=JOBS, arriving=ARRIVING)
