"""Finds the reasons to hold an order today: credit, compliance, territory, certification, agreement."""

from libs.partner import PartnerFacts
from libs.rights import Place, Right
from libs.rights_projection import lacking_agreement, missing_certificates
from services.orders.credit.domain import CreditAccount, excess
from services.orders.ordering.domain.holds import holds_against, rights_holds
from services.orders.ordering.reads import outside
from services.orders.record.domain.order import Hold, Order
from services.orders.settings import Env


async def holds_of(env: Env, order: Order, *, partner: PartnerFacts, account: CreditAccount) -> tuple[Hold, ...]:
    """All reasons to hold the order today."""
    found = holds_against(
        over=excess(account, order.totals.total),
        active=partner.active,
        outside=await outside(env, order),
        now=env.clock.now(),
    )
    return (*found, *await rights_missing(env, order))


async def rights_missing(env: Env, order: Order) -> tuple[Hold, ...]:
    """The holds for the rights to order that the partner lacks today: by certificates, by agreements."""
    asked = {"product_lines": order.product_lines}
    place = Place(country=order.ship_to_country, subdivision=order.ship_to_subdivision)
    return rights_holds(
        missing=await missing_certificates(env, order.partner_id, Right.ORDERING, **asked),
        lacking=await lacking_agreement(
            env,
            order.partner_id,
            Right.ORDERING,
            **asked,
            place=place,
            required=env.settings.policy.agreement_required,
        ),
        now=env.clock.now(),
    )
