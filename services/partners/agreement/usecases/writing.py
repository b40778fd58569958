"""Drafts, revises, sends, signs, shows and lists agreements."""

from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from libs.call import Command, ResourceCommand
from libs.document import same_content
from libs.env import About
from libs.errors import InvalidInput, NotFound, require_state
from libs.person import Person, home_violations, require_homes
from libs.privacy.aliases import identified
from libs.rights import AgreementState
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Loaded, Page, Put, Write, create, get
from services.partners.agreement.documents import AGREEMENT_TOTALS, AGREEMENTS
from services.partners.agreement.domain import agreement as domain
from services.partners.agreement.domain.agreement import Agreement, AgreementTotals, Signature
from services.partners.agreement.domain.states import MAY_GIVE_NOTICE, Party
from services.partners.agreement.domain.statutes import Statute
from services.partners.agreement.domain.terms import AgreementTerms, earliest_last_day, term_violations
from services.partners.agreement.reads import agreements_of, law_for, statute_for
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import MAY_UPDATE
from services.partners.settings import Env


class DraftAgreement(Command, frozen=True, kw_only=True):
    """Draft an agreement."""

    partner_id: str
    terms: AgreementTerms
    supersedes_agreement_id: str = ""


class ReviseAgreement(ResourceCommand, frozen=True, kw_only=True):
    """Replace the terms of an agreement that is not signed."""

    terms: AgreementTerms
    supersedes_agreement_id: str = ""


class SendAgreement(ResourceCommand, frozen=True, kw_only=True):
    """Send a draft to the partner."""


class SignAgreement(ResourceCommand, frozen=True, kw_only=True):
    """Record the signature of a party."""

    party: Party
    person: Person
    signed_on: date
    document_sha256: str


class GetAgreement(Command, frozen=True, kw_only=True):
    """Show one agreement."""

    id: str


class ListAgreements(ListCommand, frozen=True, kw_only=True):
    """List agreements; an empty filter matches all of them."""

    partner_id: str = ""
    state: AgreementState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement, what the law says about its end, and the earliest end by notice of today, None if notice cannot be
    given."""

    agreement: Agreement
    statute: Statute
    earliest_last_day: date | None = None


async def draft_agreement(env: Env, cmd: DraftAgreement) -> Agreement:
    """The new draft. NotFound, WrongState, InvalidInput, TooManyAgreements."""
    async with env.settings.locks.of(cmd.partner_id):
        partner = (await env.load(PARTNERS, cmd.partner_id, call=cmd.call)).value
        require_state("partner", partner.id, partner.status, action="draft an agreement", allowed=MAY_UPDATE)
        _refuse_wrong(env, cmd.terms, partner)
        superseded = _superseded(await agreements_of(env, partner.id), cmd.supersedes_agreement_id)
        loaded = await get(env.store, AGREEMENT_TOTALS, partner.id)
        revision = (loaded.value.agreements if loaded else 0) + 1
        now = env.clock.now()
        agreement, event = domain.draft(
            Agreement(
                id=env.ids.new("agr"),
                partner_id=partner.id,
                revision=revision,
                supersedes_agreement_id=cmd.supersedes_agreement_id,
                terms=cmd.terms,
                since=domain.since_of(cmd.terms, superseded),
                create_time=now,
                update_time=now,
            )
        )
        totals = _totals_put(loaded, AgreementTotals(id=partner.id, agreements=revision))
        return await env.commit(create(AGREEMENTS, agreement), totals, events=[event], call=cmd.call)


async def revise_agreement(env: Env, cmd: ReviseAgreement) -> Agreement:
    """The draft with these terms. WrongState, NotFound, InvalidInput, AgreementCycle. Of two revisions that together
    close a cycle the later one is checked against the earlier one, because both write the totals of the partner."""
    partner_id = (await env.load(AGREEMENTS, cmd.id, call=cmd.call)).value.partner_id
    async with env.settings.locks.of(partner_id):
        loaded = await env.load(AGREEMENTS, cmd.id, call=cmd.call, etag=cmd.etag)
        totals = await env.load(AGREEMENT_TOTALS, partner_id, call=cmd.call)
        partner = (await env.load(PARTNERS, partner_id, call=cmd.call)).value
        _refuse_wrong(env, cmd.terms, partner)
        others = await agreements_of(env, partner_id)
        superseded = _superseded(others, cmd.supersedes_agreement_id)
        domain.refuse_cycle(cmd.id, cmd.supersedes_agreement_id, {one: row.value for one, row in others.items()})
        agreement, event = domain.revise(loaded.value, cmd.terms, superseded, now=env.clock.now())
        if same_content(loaded.value, agreement):
            return await env.unchanged(loaded, call=cmd.call)
        return await env.commit(loaded.put(agreement), totals.put(totals.value), events=[event], call=cmd.call)


async def send_agreement(env: Env, cmd: SendAgreement) -> Agreement:
    """The agreement in SENT; WrongState."""
    loaded = await env.load(AGREEMENTS, cmd.id, call=cmd.call, etag=cmd.etag)
    agreement, event = domain.send(loaded.value, now=env.clock.now())
    return await env.commit(loaded.put(agreement), events=[event], call=cmd.call)


async def sign_agreement(env: Env, cmd: SignAgreement) -> Agreement:
    """The agreement with the signature; with the second one it is ACTIVE, and the same commit writes the agreement that
    it supersedes. WrongState, WrongCell, InvalidInput, AlreadySigned."""
    require_homes(env.directory, person=cmd.person)
    loaded = await env.load(AGREEMENTS, cmd.id, call=cmd.call, etag=cmd.etag)
    today, now = env.today(), env.clock.now()
    wrong = domain.signing_violations(loaded.value, cmd.signed_on, cmd.document_sha256, today=today)
    if found := [*wrong, *home_violations(person=cmd.person)]:
        raise InvalidInput(found)
    person = identified(cmd.person, env.ids) or cmd.person
    signature = Signature(party=cmd.party, person=person, signed_on=cmd.signed_on)
    agreement, event = domain.sign(loaded.value, signature, today=today, now=now)
    writes: list[Write] = []
    events: list[msgspec.Struct | About] = [event]
    if agreement.state is AgreementState.ACTIVE and agreement.supersedes_agreement_id:
        other = await env.load(AGREEMENTS, agreement.supersedes_agreement_id, call=cmd.call)
        if (done := domain.supersede(other.value, agreement, now=now)) is not None:
            put = other.put(done[0])
            writes, events = [put], [event, About(done[1], put.document)]
    return await env.commit(loaded.put(agreement), *writes, events=events, call=cmd.call)


async def get_agreement(env: Env, cmd: GetAgreement) -> Shown:
    """The agreement as it is now; NotFound."""
    agreement = await env.show(AGREEMENTS, cmd.id, call=cmd.call)
    shown = await with_statute(env, agreement)
    if agreement.state not in MAY_GIVE_NOTICE:
        return shown
    partner = await get(env.store, PARTNERS, agreement.partner_id)
    law, today = law_for(partner.value, on=env.today()) if partner else None, env.today()
    earliest = earliest_last_day(agreement.terms, law, since=agreement.since, given_on=today)
    return replace(shown, earliest_last_day=earliest)


async def list_agreements(env: Env, cmd: ListAgreements) -> Page[Agreement]:
    """One page of agreements, by id unless the caller asks for another order."""
    return await env.listing(AGREEMENTS, filters_of(cmd, "partner_id", "state"), call=cmd.call, **paged(cmd, UPDATED))


async def with_statute(env: Env, agreement: Agreement) -> Shown:
    """The agreement with what the law says about its end today."""
    partner = await get(env.store, PARTNERS, agreement.partner_id)
    if partner is None:
        raise NotFound(PARTNERS.name, agreement.partner_id)
    return Shown(agreement=agreement, statute=statute_for(agreement, partner.value, on=env.today()))


def _refuse_wrong(env: Env, terms: AgreementTerms, partner: Partner) -> None:
    if wrong := tuple(term_violations(terms, law_for(partner, on=env.today()))):
        raise InvalidInput(wrong)


def _superseded(agreements: dict[str, Loaded[Agreement]], id: str) -> Agreement | None:
    """The agreement to supersede, None if the id is empty; NotFound unless it is one of these."""
    if id and id not in agreements:
        raise NotFound(AGREEMENTS.name, id)
    return agreements[id].value if id else None


def _totals_put(loaded: Loaded[AgreementTotals] | None, totals: AgreementTotals) -> Put[AgreementTotals]:
    return loaded.put(totals) if loaded else create(AGREEMENT_TOTALS, totals)
