"""The register of flows of personal data out of the cell, and the yearly count of the persons in them."""

from libs.slices import Slice
from services.compliance.transfers.documents import KINDS
from services.compliance.transfers.jobs import JOBS
from services.compliance.transfers.usecases.register import FOUR_EYES

SLICE = Slice(kinds=KINDS, jobs=JOBS, guarded=FOUR_EYES.guarded)
