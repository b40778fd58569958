"""Sending: one process at a time sends to a receiver what is due for it, and judges the receiver by its answers."""

from libs.slices import Slice
from services.hooks.sending.workers import WORKERS

SLICE = Slice(workers=WORKERS)
