"""How much partners may owe."""

from msgspec.structs import replace

from libs.call import Command
from libs.errors import EtagMismatch, NotFound
from libs.money import Money
from libs.peers import acting_partner
from services.orders.documents import ACCOUNTS
from services.orders.domain.credit import CreditAccount, account_id, with_room
from services.orders.domain.events import CreditTermsSet
from services.orders.domain.states import MAY_HAVE_TERMS
from services.orders.usecases.accounts import account_of, account_put
from services.orders.usecases.settings import Env


class SetCreditTerms(Command, frozen=True, kw_only=True):
    """Set limit and days; the currency of the limit says which account."""

    partner_id: str
    etag: str = ""
    limit: Money
    terms_days: int = 0


class GetCreditAccount(Command, frozen=True, kw_only=True):
    """Look one up."""

    partner_id: str
    currency: str


async def set_credit_terms(env: Env, cmd: SetCreditTerms) -> CreditAccount:
    """The account with its new terms, as it was if they are those it has. Orders that fit now are released after it."""
    await acting_partner(env, cmd.partner_id, call=cmd.call, allowed=MAY_HAVE_TERMS)
    account = await account_of(env, cmd.partner_id, cmd.limit.currency)
    if cmd.etag and cmd.etag != str(account.terms_version):
        raise EtagMismatch("credit_account", account.id, str(account.terms_version))
    if (account.limit, account.terms_days) == (cmd.limit, cmd.terms_days):
        return await env.unchanged(account, call=cmd.call)
    changed = replace(
        account,
        limit=cmd.limit,
        terms_days=cmd.terms_days,
        terms_version=account.terms_version + 1,
        update_time=env.clock.now(),
    )
    event = CreditTermsSet(partner_id=cmd.partner_id, limit=cmd.limit, terms_days=cmd.terms_days)
    due = with_room(account, changed, now=env.clock.now())
    return await env.commit(account_put(account, due), events=[event], call=cmd.call)


async def get_credit_account(env: Env, cmd: GetCreditAccount) -> CreditAccount:
    """The account as it is now; NotFound without terms."""
    account = await env.show(ACCOUNTS, account_id(cmd.partner_id, cmd.currency), call=cmd.call)
    if account.limit is None:
        raise NotFound(ACCOUNTS.name, account.id)
    return account
