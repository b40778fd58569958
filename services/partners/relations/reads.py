"""What of the relationship a caller may see, and what resellers think of their distributor."""

from datetime import date, timedelta

from libs.call import Call
from libs.store.listing import everything
from libs.store.port import Scalar
from services.partners.facts.domain.metrics import Sum
from services.partners.plan.domain.targets import month_after
from services.partners.relations.documents import RATINGS
from services.partners.relations.domain.rating import quarter_of, satisfaction
from services.partners.settings import Env

_DAY = timedelta(days=1)


def seen_by(call: Call) -> dict[str, Scalar]:
    """The filter of a listing: a partner's people see what is shared with them."""
    return {"shared": True} if call.caller.partner_id else {}


async def satisfaction_between(env: Env, distributor_partner_id: str, *, first: date, last: date) -> dict[date, Sum]:
    """What resellers think of their distributor, by the last month of each quarter that ended on these days: the sum of
    the scores (1 to 5), of their number. Quarters in which fewer than three rated are left out, and so is the one that
    runs, so nothing tells what one of them thinks."""
    found: dict[date, Sum] = {}
    quarter = quarter_of(first)
    while (ends := month_after(quarter, 3) - _DAY) <= last and quarter < quarter_of(env.today()):
        asked: dict[str, Scalar] = {"distributor_partner_id": distributor_partner_id, "quarter": quarter}
        if sums := satisfaction(await everything(env.store, RATINGS, asked)):
            found[ends.replace(day=1)] = sums
        quarter = month_after(quarter, 3)
    return found
