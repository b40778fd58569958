"""The dated facts about each partner and its downline, from what the other services report, down to each document."""

from libs.slices import Slice
from services.partners.facts.consumers import CONSUMERS
from services.partners.facts.documents import KINDS
from services.partners.facts.jobs import JOBS

SLICE = Slice(kinds=KINDS, consumers=CONSUMERS, jobs=JOBS)
