"""The proof of a request for somebody outside: its steps in the trail, signed answers, packages, checkpoints."""

from libs.slices import Slice

SLICE = Slice()
