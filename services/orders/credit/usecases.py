"""Sets credit terms, alone or with a second person, and shows credit accounts."""

import msgspec

from libs.call import Command
from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from libs.decisions.limits import alone_up_to
from libs.errors import EtagMismatch, NotFound
from libs.money import Money, currency_violations
from libs.partner import CreditProposal
from libs.partner_projection import PARTNERS, acting_partner
from libs.store.port import get
from libs.store.scope import owns
from services.orders.credit.documents import ACCOUNTS
from services.orders.credit.domain import CreditAccount, account_id, agree, proposed_limit
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


class CreditStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of a partner in one currency; never both None. account: None without terms."""

    account: CreditAccount | None
    proposed_limit: CreditProposal | None


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


async def get_credit_account(env: Env, cmd: GetCreditAccount) -> CreditStanding:
    """The account as it is now, and what the level of the partner proposes; NotFound without terms and proposal."""
    partner_id = await env.scope.partner_of(cmd.call.caller, cmd.partner_id)
    held = await get(env.store, ACCOUNTS, account_id(partner_id, cmd.currency))
    account = held.value if held and held.value.has_terms else None
    proposal = await _proposal(env, partner_id, cmd)
    if account is None and proposal is None:
        raise NotFound(ACCOUNTS.name, account_id(partner_id, cmd.currency))
    return CreditStanding(account=account, proposed_limit=proposal)


async def _proposal(env: Env, partner_id: str, cmd: GetCreditAccount) -> CreditProposal | None:
    """What is proposed, for the vendor's people and those of the partner itself; None for those of a partner above."""
    partner = await get(env.store, PARTNERS, partner_id)
    if partner is None or not owns(cmd.call.caller, PARTNERS, partner.value):
        return None
    return proposed_limit(partner.value, cmd.currency)


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
