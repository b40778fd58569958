"""What is done with an order only if two persons want it."""

from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from libs.money import Money
from services.orders.documents import ORDERS
from services.orders.domain.order import Order
from services.orders.usecases.settings import Env
from services.orders.usecases.submission import RELEASING, ReleaseHold, release_hold


def exceeds_one_person(env: Env, cmd: ReleaseHold, order: Order) -> bool:
    """Whether the order is of more than one person may release; of a currency without a limit every order is."""
    alone = env.settings.policy.release_alone_up_to.get(order.currency, 0)
    return Money.of(alone, order.currency) < order.totals.total


FOUR_EYES = FourEyes(
    Guarded(
        method="/prm.orders.v1.OrderService/ReleaseHold",
        permission="orders.hold.release",
        kind=ORDERS,
        command=ReleaseHold,
        use_case=release_hold,
        needed=exceeds_one_person,
        part=lambda cmd: cmd.reason.name,
        by_request=lambda cmd: RELEASING[cmd.reason],
        summary=lambda cmd, order: (
            f"release {cmd.reason.name} of {order.id}: {order.totals.total.decimal} {order.currency}"
        ),
    )
)
