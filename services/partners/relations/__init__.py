"""The relationship with a partner: contact log, business reviews, and how resellers rate their distributor."""

from libs.slices import Slice
from services.partners.relations.documents import KINDS

SLICE = Slice(kinds=KINDS)
