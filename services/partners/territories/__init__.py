"""Territories: which partner may sell what, where and when."""

from libs.slices import Slice
from services.partners.territories.documents import KINDS

SLICE = Slice(kinds=KINDS)
