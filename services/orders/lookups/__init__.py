"""Documents of orders by their ids, and lists of them by what a portal asks for."""

from libs.slices import Slice

SLICE = Slice()
