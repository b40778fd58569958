"""Records what resellers think of their distributor, and shows it together."""

from datetime import date

from libs.call import Command
from libs.errors import InvalidInput
from libs.store.listing import everything
from libs.store.port import Scalar, create, get
from services.partners.record.documents import PARTNERS
from services.partners.relations.documents import RATINGS
from services.partners.relations.domain import rating as domain
from services.partners.relations.domain.rating import DistributorRating, RatingScore, RatingSummary
from services.partners.settings import Env


class RateDistributor(Command, frozen=True, kw_only=True):
    """Rate the distributor above a partner."""

    partner_id: str
    scores: tuple[RatingScore, ...]


class GetRatingSummary(Command, frozen=True, kw_only=True):
    """Show the ratings of a distributor. quarter: a day of it; None: the last one that has ended."""

    partner_id: str
    quarter: date | None = None


async def rate_distributor(env: Env, cmd: RateDistributor) -> DistributorRating:
    """The rating of this quarter; unchanged if it has these scores already. NotFound, InvalidInput, NoDistributor,
    AlreadyRated."""
    if wrong := [*domain.score_violations(cmd.scores)]:
        raise InvalidInput(wrong)
    partner = (await env.load(PARTNERS, cmd.partner_id, call=cmd.call)).value
    quarter = domain.quarter_of(env.today())
    loaded = await get(env.store, RATINGS, domain.rating_id(partner.id, quarter))
    if loaded is not None:
        if set(loaded.value.scores) != set(cmd.scores):
            raise domain.AlreadyRated(partner.id, quarter)
        return await env.unchanged(loaded, call=cmd.call)
    if not partner.parent_partner_id:
        raise domain.NoDistributor(partner.id)
    rating = DistributorRating(
        id=domain.rating_id(partner.id, quarter),
        partner_id=partner.id,
        distributor_partner_id=partner.parent_partner_id,
        quarter=quarter,
        scores=cmd.scores,
        create_time=env.clock.now(),
    )
    return await env.commit(create(RATINGS, rating), events=[domain.recorded(rating)], call=cmd.call)


async def get_rating_summary(env: Env, cmd: GetRatingSummary) -> RatingSummary:
    """The ratings of a quarter, together. NotFound for a partner that the caller may not see."""
    partner = await env.show(PARTNERS, cmd.partner_id, call=cmd.call)
    quarter = domain.quarter_of(cmd.quarter) if cmd.quarter else domain.last_quarter(env.today())
    asked: dict[str, Scalar] = {"distributor_partner_id": partner.id, "quarter": quarter}
    return domain.summary(partner.id, quarter, await everything(env.store, RATINGS, asked), today=env.today())
