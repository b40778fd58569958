"""The record of a partner: its profile, its state, the facts about it in every event."""

from libs.slices import Slice
from services.partners.record.documents import KINDS, PARTNERS
from services.partners.record.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS, partners=PARTNERS)
