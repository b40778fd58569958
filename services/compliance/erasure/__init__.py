"""Erasure: every service erases the person of a request and states it; the certificate proves it."""

from libs.slices import Slice
from services.compliance.erasure.consumers import CONSUMERS
from services.compliance.erasure.documents import KINDS
from services.compliance.erasure.jobs import JOBS

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS, jobs=JOBS)
