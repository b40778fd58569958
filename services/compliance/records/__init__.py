"""The record of processing activities (GDPR Art. 30), computed from the protos, the purposes and the transfers."""

from libs.slices import Slice

SLICE = Slice()
