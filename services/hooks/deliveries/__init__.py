"""Deliveries: which event goes to which receiver, how far it is, and what a receiver missed."""

from libs.slices import Slice
from services.hooks.deliveries.consumers import CONSUMERS
from services.hooks.deliveries.documents import KINDS
from services.hooks.deliveries.jobs import FIGURES, JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS, consumers=CONSUMERS, figures=FIGURES)
