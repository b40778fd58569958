"""Checks of the identity of a person: a one-time code, a check that an officer records, an agent with a mandate."""

from libs.slices import Slice
from services.compliance.verification.documents import KINDS
from services.compliance.verification.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS)
