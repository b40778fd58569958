"""What is done with an order or with credit terms only if two persons want it."""

from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from libs.money import Money
from services.orders.documents import ACCOUNTS, ORDERS
from services.orders.domain.credit import CreditAccount, excess
from services.orders.domain.order import Order
from services.orders.domain.states import HoldReason, OrderState
from services.orders.usecases.accounts import account_of
from services.orders.usecases.credit import SetCreditTerms, set_credit_terms
from services.orders.usecases.settings import Env
from services.orders.usecases.submission import RELEASING, ReleaseHold, release_hold


async def exceeds_one_person(env: Env, cmd: ReleaseHold, order: Order) -> bool:
    """Whether the order, or what the partner would then owe beyond its limit, is more than one person may release; of a
    currency without an amount every order is. So nobody releases alone in parts what is too much as a whole."""
    alone = Money.of(env.settings.policy.release_alone_up_to.get(order.currency, 0), order.currency)
    if alone < order.totals.total:
        return True
    if cmd.reason is not HoldReason.CREDIT and order.state is not OrderState.CONFIRMED:
        return False
    over = excess(await account_of(env, order.partner_id, order.currency), order.totals.total)
    return over is not None and alone < over


async def raises_beyond_one_person(env: Env, cmd: SetCreditTerms, account: CreditAccount) -> bool:
    """Whether the limit rises to more than one person may grant; in a currency without an amount every rise is. What it
    rises to counts, not by how much, so that many small rises are no way around."""
    before = await account_of(env, cmd.partner_id, cmd.limit.currency)
    alone = Money.of(env.settings.policy.credit_alone_up_to.get(cmd.limit.currency, 0), cmd.limit.currency)
    return max(before.limit or alone, alone) < cmd.limit


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
    ),
    Guarded(
        method="/prm.orders.v1.OrderService/SetCreditTerms",
        permission="orders.credit_terms.set",
        kind=ACCOUNTS,
        command=SetCreditTerms,
        use_case=set_credit_terms,
        needed=raises_beyond_one_person,
        summary=lambda cmd, account: (
            f"credit terms of {account.id}: {cmd.limit.decimal} {account.currency}, {cmd.terms_days} days"
        ),
    ),
)
