"""The forecast: what open deals are worth, how likely each is won and when, and how good earlier forecasts were."""

from libs.slices import Slice
from services.deals.forecast.documents import KINDS
from services.deals.forecast.jobs import JOBS

SLICE = Slice(kinds=KINDS, jobs=JOBS)
