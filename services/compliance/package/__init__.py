"""The package that answers a request: the data of a person in all services, with proof that nothing is missing."""

from libs.slices import Slice
from services.compliance.package.documents import KINDS
from services.compliance.package.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS)
