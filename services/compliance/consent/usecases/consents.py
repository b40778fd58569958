"""The use cases of consents: give, withdraw, show, check, and the receipt."""

from collections.abc import AsyncIterator
from datetime import datetime

import msgspec

from libs.call import Command, ResourceCommand
from libs.env import About
from libs.errors import InvalidInput, NotFound, Violation
from libs.person import Person, home_violations, require_homes
from libs.privacy.aliases import identified
from libs.privacy.finding import naming
from libs.privacy.keys import AliasField
from libs.privacy.spelling import normalise
from libs.store.listing import Sieve
from libs.store.paging import ListCommand, paged
from libs.store.port import Loaded, Page, Put, create
from services.compliance.consent.documents import CONSENTS, PRIVACY_NOTICES, PURPOSES
from services.compliance.consent.domain.consent import Consent, deciding, given, same_decision, supersede, withdraw
from services.compliance.consent.domain.purpose import PrivacyNotice
from services.compliance.consent.domain.receipt import Issuer, receipt
from services.compliance.consent.domain.states import ConsentState, LawfulBasis
from services.compliance.consent.reads import (
    consents_of,
    hashes_of,
    notice_of,
    person_of,
    purpose_of,
    same_person,
)
from services.compliance.requests.domain.request import SubjectAlias
from services.compliance.requests.domain.states import RequestChannel
from services.compliance.settings import Env

# So many consents of one person to one purpose are ended by one decision; there is one, but for gives at one moment.
ENDED_AT_ONCE = 100


class GiveConsent(Command, frozen=True, kw_only=True):
    """Record a consent. give_time: None for now."""

    person: Person
    purpose_code: str
    notice_version: str
    language: str
    channel: RequestChannel
    give_time: datetime | None = None
    expire_time: datetime | None = None


class WithdrawConsent(ResourceCommand, frozen=True, kw_only=True):
    """Withdraw a consent."""


class GetConsent(Command, frozen=True, kw_only=True):
    """Get one consent."""

    id: str


class ListConsents(ListCommand, frozen=True, kw_only=True):
    """List consents; an empty filter matches all of them."""

    alias: SubjectAlias | None = None
    country: str = ""
    purpose_code: str = ""
    state: ConsentState | None = None


class CheckConsent(Command, frozen=True, kw_only=True):
    """Say whether a person consents to a purpose."""

    purpose_code: str
    alias: SubjectAlias
    country: str = ""


class GetConsentReceipt(Command, frozen=True, kw_only=True):
    """Make the receipt of a consent."""

    id: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a person consents; prm.compliance.v1.CheckConsentResponse describes each field."""

    lawful_basis: LawfulBasis
    given: bool
    consent_id: str = ""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A signed receipt; prm.compliance.v1.GetConsentReceiptResponse describes each field."""

    receipt: bytes
    signature: str
    public_key: str


async def give_consent(env: Env, cmd: GiveConsent) -> Consent:
    """The consent, in GIVEN; the present one if the person decided the same before. InvalidInput with every violation;
    WrongCell."""
    now = env.clock.now()
    notice = await notice_of(env, cmd.purpose_code, cmd.notice_version, cmd.language)
    hashes = hashes_of(env.keys, cmd.person)
    wrong = [*home_violations(person=cmd.person)]
    wrong += [one async for one in _violations(env, cmd, notice, hashes, now)]
    if wrong or notice is None:
        raise InvalidInput(wrong)
    require_homes(env.directory, person=cmd.person)
    consent = _consent(env, cmd, notice, now)
    before = await _standing(env, consent, hashes)
    for one in before:
        if same_decision(one.value, consent):
            return await env.unchanged(one, call=cmd.call)
    ended, events = [], []
    for one in before:
        after, event = supersede(one.value, consent.id, now=now)
        ended.append(one.put(after))
        events.append(About(event, ended[-1].document))
    return await env.commit(create(CONSENTS, consent), *ended, events=[given(consent), *events], call=cmd.call)


async def withdraw_consent(env: Env, cmd: WithdrawConsent) -> Consent:
    """The consent, WITHDRAWN, with every other one of the person to the same purpose. WrongState."""
    loaded = await env.load(CONSENTS, cmd.id, call=cmd.call, etag=cmd.etag)
    now = env.clock.now()
    consent, event = withdraw(loaded.value, now=now)
    more: list[Put[Consent]] = []
    told: list[About] = []
    for one in await _standing(env, consent, hashes_of(env.keys, consent.person)):
        if one.value.id != cmd.id:
            also, withdrawn = withdraw(one.value, now=now)
            more.append(one.put(also))
            told.append(About(withdrawn, more[-1].document))
    return await env.commit(loaded.put(consent), *more, events=[event, *told], call=cmd.call)


async def get_consent(env: Env, cmd: GetConsent) -> Consent:
    """The consent as it is now."""
    return await env.show(CONSENTS, cmd.id, call=cmd.call)


async def list_consents(env: Env, cmd: ListConsents) -> Page[Consent]:
    """One page of consents by id. InvalidInput for an alias that identifies nobody."""
    sieve = None
    if cmd.alias is not None:
        hashes = _require_hashes(env, cmd.alias, cmd.country)
        find = env.restrictions.unless_restricted(naming(env.store, CONSENTS, hashes), cmd.call)
        sieve = Sieve(lambda _: True, " ".join(sorted(hashes)), find)
    filters = {"purpose_code": cmd.purpose_code, "state": cmd.state}
    return await env.listing(CONSENTS, filters, call=cmd.call, sieve=sieve, **paged(cmd))


async def check_consent(env: Env, cmd: CheckConsent) -> Checked:
    """Whether a consent is given now; the latest decision under the alias counts. NotFound without the purpose;
    InvalidInput for an alias that identifies nobody."""
    hashes = _require_hashes(env, cmd.alias, cmd.country)
    purpose = await purpose_of(env, cmd.purpose_code)
    if purpose is None:
        raise NotFound(PURPOSES.name, cmd.purpose_code)
    found = deciding(one.value for one in await consents_of(env, hashes, cmd.purpose_code))
    basis = purpose.value.lawful_basis
    if found is None:
        return Checked(lawful_basis=basis, given=False)
    return Checked(lawful_basis=basis, given=found.holds(env.clock.now()), consent_id=found.id)


async def get_consent_receipt(env: Env, cmd: GetConsentReceipt) -> Receipt:
    """The signed receipt of a consent as it is now, with the purpose as it is now."""
    consent = await env.show(CONSENTS, cmd.id, call=cmd.call)
    notice = await env.show(PRIVACY_NOTICES, consent.notice_id, call=cmd.call)
    purpose = await purpose_of(env, consent.purpose_code)
    assert purpose is not None, "a purpose is never deleted"
    policy = env.settings.policy
    issuer = Issuer(
        name=policy.controller_name,
        address=policy.controller_address,
        contact=policy.controller_contact,
        cell=env.directory.here.code,
    )
    made = receipt(consent, purpose.value, notice, issuer)
    return Receipt(receipt=made, signature=env.keys.sign(made).hex(), public_key=env.keys.public_key.hex())


async def _standing(env: Env, consent: Consent, hashes: frozenset[str]) -> list[Loaded[Consent]]:
    """The consents in GIVEN of the same person to the same purpose, by id; 100 at most, the newest."""
    found = await consents_of(env, hashes, consent.purpose_code)
    given_now = [one for one in found if one.value.state is ConsentState.GIVEN]
    return [one for one in given_now if same_person(one.value.person, consent.person)][-ENDED_AT_ONCE:]


async def _violations(
    env: Env, cmd: GiveConsent, notice: PrivacyNotice | None, hashes: frozenset[str], now: datetime
) -> AsyncIterator[Violation]:
    purpose = await purpose_of(env, cmd.purpose_code)
    if purpose is None:
        yield Violation("purpose_code", "is the code of no purpose", "UNKNOWN_PURPOSE")
    elif purpose.value.lawful_basis is not LawfulBasis.CONSENT:
        text = f"the purpose rests on {purpose.value.lawful_basis.name}"
        yield Violation("purpose_code", text, "NOT_BASED_ON_CONSENT")
    if notice is None:
        yield Violation("notice_version", "was never published in this language for the purpose", "UNKNOWN_NOTICE")
    if not hashes:
        yield Violation("person", "has no email, phone number or id", "NO_ALIAS")
    given_at = cmd.give_time or now
    if given_at > now:
        yield Violation("give_time", "is in the future", "IN_THE_FUTURE")
    if cmd.expire_time is not None and cmd.expire_time <= given_at:
        yield Violation("expire_time", "is not after give_time", "TIMES_OUT_OF_ORDER")


def _consent(env: Env, cmd: GiveConsent, notice: PrivacyNotice, now: datetime) -> Consent:
    person = identified(cmd.person, env.ids)
    assert person is not None, "a consent has a person"
    return Consent(
        id=env.ids.new("cns"),
        person=person,
        purpose_code=cmd.purpose_code,
        notice_id=notice.id,
        notice_version=notice.notice_version,
        channel=cmd.channel,
        give_time=cmd.give_time or now,
        expire_time=cmd.expire_time,
        recorder=cmd.call.caller.subject,
        update_time=now,
    )


def _require_hashes(env: Env, alias: SubjectAlias, country: str) -> frozenset[str]:
    """The hashes of an alias; InvalidInput if it identifies nobody."""
    field = AliasField(alias.field.name)
    form = normalise(field, alias.value, country)
    usable = "@" in form if field is AliasField.EMAIL else bool(form)
    if field is AliasField.PHONE:
        usable = any(one.isdigit() for one in form)
    if not usable:
        raise InvalidInput([Violation("alias.value", f"is no {field.name.lower()}", f"NO_{field.name}")])
    return hashes_of(env.keys, person_of(alias, country), country)
