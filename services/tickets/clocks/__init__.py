"""The clocks of a ticket: start, pause, warning, breach, and the explanation of a deadline."""

from libs.slices import Slice
from services.tickets.clocks.jobs import JOBS

SLICE = Slice(jobs=JOBS)
