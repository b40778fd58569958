"""The package that answers a request: the data of a person in all services, with proof that nothing is missing."""

from libs.slices import Slice
from services.compliance.package.jobs import JOBS

SLICE = Slice(jobs=JOBS)
