"""Sets credit terms, alone or with a second person, and shows credit accounts."""

from libs.call import Command
from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from libs.decisions.limits import alone_up_to
from libs.errors import EtagMismatch, NotFound
from libs.money import Money, currency_violations
from libs.partner_projection import acting_partner
from services.orders.credit.documents import ACCOUNTS
from services.orders.credit.domain import CreditAccount, account_id, agree
from services.orders.credit.reads import account_of
from services.orders.record.domain.states import MAY_HAVE_TERMS
from services.orders.record.domain.violations import refuse
from services.orders.settings import Env


class SetCreditTerms(Command, frozen=True, kw_only=True):
    """Set the credit limit and the days to pay; the currency of the limit selects the account."""

    partner_id: str
    etag: str = ""
    limit: Money
    terms_days: int = 0


class GetCreditAccount(Command, frozen=True, kw_only=True):
    """Show one account."""

    partner_id: str
    currency: str


async def set_credit_terms(env: Env, cmd: SetCreditTerms) -> CreditAccount:
    """The account with its new terms; unchanged if it has these terms already. A job then releases held orders that
    fit."""
    refuse(*currency_violations(cmd.limit.currency, "limit.currency_code"))
    await acting_partner(env, cmd.partner_id, call=cmd.call, allowed=MAY_HAVE_TERMS)
    held = await account_of(env, cmd.partner_id, cmd.limit.currency)
    account = held.value
    if cmd.etag and cmd.etag != str(account.terms_version):
        raise EtagMismatch("credit_account", account.id, str(account.terms_version))
    agreed = agree(account, cmd.limit, cmd.terms_days, now=env.clock.now())
    if agreed is None:
        return await env.unchanged(held, call=cmd.call)
    changed, event = agreed
    return await env.commit(held.put(changed), events=[event], call=cmd.call)


async def get_credit_account(env: Env, cmd: GetCreditAccount) -> CreditAccount:
    """The account as it is now; NotFound without terms."""
    account = await env.show(ACCOUNTS, account_id(cmd.partner_id, cmd.currency), call=cmd.call)
    if account.limit is None:
        raise NotFound(ACCOUNTS.name, account.id)
    return account


async def raises_beyond_one_person(env: Env, cmd: SetCreditTerms, account: CreditAccount) -> bool:
    """Whether the new limit is a rise to more than one person may grant; without an amount for the currency, any rise
    is. The new limit counts and not the difference, so that many small rises cannot avoid the check."""
    before = (await account_of(env, cmd.partner_id, cmd.limit.currency)).value
    alone = alone_up_to(env.settings.policy.credit_alone_up_to, cmd.limit.currency)
    return max(before.limit or alone, alone) < cmd.limit


# The change of credit terms that may need a second person.
FOUR_EYES = FourEyes(
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
    )
)
