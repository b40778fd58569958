"""The package that answers a request: all that the services hold about a person, with proof that nothing is missing."""

from libs.slices import Slice
from services.compliance.package.jobs import JOBS

SLICE = Slice(jobs=JOBS)
