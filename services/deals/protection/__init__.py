"""A claim after its submission: its sales stage, its protection, and the ends it can come to."""

from libs.slices import Slice
from services.deals.protection.jobs import JOBS

SLICE = Slice(jobs=JOBS)
