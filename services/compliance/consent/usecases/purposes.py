"""The use cases of purposes and notices."""

from msgspec.structs import replace

from libs.call import Command
from libs.document import same_content
from libs.errors import Duplicate, EtagMismatch, InvalidInput, Violation
from libs.store.port import Loaded, Page, create
from services.compliance.consent.documents import PRIVACY_NOTICES, PURPOSES
from services.compliance.consent.domain.purpose import PrivacyNotice, Purpose, PurposeTerms, new_notice
from services.compliance.consent.domain.states import DataSubject, LawfulBasis
from services.compliance.consent.events import PrivacyNoticePublished, PurposePut
from services.compliance.consent.reads import notice_of, purpose_of
from services.compliance.law.domain.categories import category_violations
from services.compliance.settings import Env


class PutPurpose(Command, frozen=True, kw_only=True):
    """Record a purpose, or replace it."""

    code: str
    etag: str = ""
    description: str
    data_use: str
    lawful_basis: LawfulBasis
    categories: tuple[str, ...]
    data_subjects: tuple[DataSubject, ...]
    retention_days: int = 0


class ListPurposes(Command, frozen=True, kw_only=True):
    """List purposes."""

    page_size: int = 0
    page_token: str = ""


class PublishPrivacyNotice(Command, frozen=True, kw_only=True):
    """Publish a version of a notice."""

    purpose_code: str
    notice_version: str
    language: str
    text: str


class ListPrivacyNotices(Command, frozen=True, kw_only=True):
    """List notices; an empty filter matches all of them."""

    page_size: int = 0
    page_token: str = ""
    purpose_code: str = ""


async def put_purpose(env: Env, cmd: PutPurpose) -> Purpose:
    """The purpose as it is now. InvalidInput with every violation; EtagMismatch."""
    if wrong := list(category_violations(cmd.categories)):
        raise InvalidInput(wrong)
    now = env.clock.now()
    fields = {name: getattr(cmd, name) for name in PurposeTerms.__struct_fields__}
    loaded = await purpose_of(env, cmd.code)
    if loaded is None:
        if cmd.etag:
            raise EtagMismatch(PURPOSES.name, cmd.code, "")
        purpose = Purpose(id=env.ids.new("pur"), code=cmd.code, create_time=now, update_time=now, **fields)
        return await env.commit(create(PURPOSES, purpose), events=[_put(purpose)], call=cmd.call)
    if cmd.etag and cmd.etag != str(loaded.value.version):
        raise EtagMismatch(PURPOSES.name, loaded.value.id, str(loaded.value.version))
    purpose = replace(loaded.value, update_time=now, **fields)
    if same_content(loaded.value, purpose):
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(purpose), events=[_put(purpose)], call=cmd.call)


async def list_purposes(env: Env, cmd: ListPurposes) -> Page[Purpose]:
    """One page of purposes by id."""
    return await env.listing(PURPOSES, {}, call=cmd.call, page_size=cmd.page_size, page_token=cmd.page_token)


async def publish_privacy_notice(env: Env, cmd: PublishPrivacyNotice) -> PrivacyNotice:
    """The published notice; the present one if it has this text. InvalidInput; Duplicate for another text."""
    if await purpose_of(env, cmd.purpose_code) is None:
        raise InvalidInput([Violation("purpose_code", "is the code of no purpose", "UNKNOWN_PURPOSE")])
    present = await notice_of(env, cmd.purpose_code, cmd.notice_version, cmd.language)
    if present is not None:
        if present.text != cmd.text:
            raise Duplicate(PRIVACY_NOTICES.name, "purpose, version and language", present.id)
        return await env.unchanged(Loaded(PRIVACY_NOTICES, present), call=cmd.call)
    notice = new_notice(
        cmd.purpose_code,
        cmd.notice_version,
        cmd.language,
        cmd.text,
        id=env.ids.new("ntc"),
        now=env.clock.now(),
    )
    event = PrivacyNoticePublished(
        notice_id=notice.id, purpose_code=notice.purpose_code, notice_version=notice.notice_version
    )
    return await env.commit(create(PRIVACY_NOTICES, notice), events=[event], call=cmd.call)


async def list_privacy_notices(env: Env, cmd: ListPrivacyNotices) -> Page[PrivacyNotice]:
    """One page of notices by id."""
    filters = {"purpose_code": cmd.purpose_code}
    return await env.listing(
        PRIVACY_NOTICES, filters, call=cmd.call, page_size=cmd.page_size, page_token=cmd.page_token
    )


def _put(purpose: Purpose) -> PurposePut:
    return PurposePut(purpose_id=purpose.id, purpose_code=purpose.code, lawful_basis=purpose.lawful_basis)
