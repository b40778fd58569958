"""Memberships of partners in programmes: how far each partner is, the reviews that move it, and its tier history."""

from libs.slices import Slice
from services.partners.tier_review.documents import KINDS
from services.partners.tier_review.jobs import JOBS
from services.partners.tier_review.usecases.deciding import FOUR_EYES

SLICE = Slice(kinds=KINDS, jobs=JOBS, guarded=FOUR_EYES.guarded)
