"""The touches of a claim, with those of the lead from which it was made."""

from libs.store.listing import everything
from services.deals.campaigns.documents import TOUCHES
from services.deals.campaigns.domain.campaign import Touch
from services.deals.settings import Env


async def touches_of(env: Env, registration_id: str, lead_id: str) -> tuple[Touch, ...]:
    """The touches on a claim and on its lead; either may be empty."""
    own = await everything(env.store, TOUCHES, {"registration_id": registration_id}) if registration_id else ()
    of_lead = await everything(env.store, TOUCHES, {"lead_id": lead_id}) if lead_id else ()
    return (*own, *of_lead)
