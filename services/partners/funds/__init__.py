"""Market development funds: money for a partner's marketing, with its ledger and requests."""

from libs.slices import Slice
from services.partners.funds.documents import KINDS
from services.partners.funds.jobs import JOBS
from services.partners.funds.usecases.deciding import FOUR_EYES

SLICE = Slice(kinds=KINDS, jobs=JOBS, guarded=FOUR_EYES.guarded)
