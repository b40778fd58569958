"""The clocks of a ticket: start, pause, warn, breach, and why a deadline falls when it does."""

from libs.slices import Slice
from services.tickets.clocks.jobs import JOBS

SLICE = Slice(jobs=JOBS)
