"""A claim after its submission: the sales stage, protection and its extension, and the end of the claim."""

from libs.slices import Slice
from services.deals.protection.jobs import JOBS

SLICE = Slice(jobs=JOBS)
