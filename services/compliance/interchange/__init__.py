"""The words of OpenDSR and of the Data Rights Protocol for requests: outwards for every value, inwards by a table."""

from libs.slices import Slice

SLICE = Slice()
