"""Agreements with partners: drafted, signed, renewed, ended by notice, and what partners may do because of them."""

from libs.slices import Slice
from services.partners.agreement.consumers import CONSUMERS
from services.partners.agreement.documents import KINDS
from services.partners.agreement.jobs import JOBS
from services.partners.agreement.usecases.ending import FOUR_EYES

SLICE = Slice(kinds=KINDS, jobs=JOBS, consumers=CONSUMERS, guarded=FOUR_EYES.guarded)
