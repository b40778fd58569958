"""The use cases of notices: record one, list what is due and what was given, explain a deadline, draft one."""

from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from libs.call import Command
from libs.deadlines import Deadline
from libs.env import About
from libs.errors import InvalidInput, NotFound
from libs.person import PersonalText
from libs.store.port import Page, create
from services.compliance.breaches.documents import BREACHES, NOTICES
from services.compliance.breaches.domain.breach import BreachNotice, NoticeClock, is_late, notice_violations, tell
from services.compliance.breaches.domain.clocks import explained
from services.compliance.breaches.domain.draft import LANGUAGE, Controller, draft
from services.compliance.breaches.domain.states import NoticeAddressee, NoticeStep
from services.compliance.clocks.domain.regimes import Regime
from services.compliance.settings import Env

_EVER = datetime(2300, 1, 1, tzinfo=UTC)


class RecordNotice(Command, frozen=True, kw_only=True):
    """Record that somebody was told. tell_time: None for now."""

    breach_id: str
    etag: str = ""
    regime: Regime
    addressee: NoticeAddressee
    step: NoticeStep
    recipient: str
    reference: str = ""
    person_count: int = 0
    tell_time: datetime | None = None
    delay_reason: PersonalText | None = None


class ListDueNotices(Command, frozen=True, kw_only=True):
    """List notices that were not given. due_before: None for all of them."""

    page_size: int = 0
    page_token: str = ""
    due_before: datetime | None = None


class ListNotices(Command, frozen=True, kw_only=True):
    """List the notices of a breach that were given."""

    page_size: int = 0
    page_token: str = ""
    breach_id: str


class ExplainNoticeClock(Command, frozen=True, kw_only=True):
    """Explain a deadline."""

    breach_id: str
    regime: Regime
    addressee: NoticeAddressee
    step: NoticeStep


class DraftNotice(Command, frozen=True, kw_only=True):
    """Draft a notice."""

    breach_id: str
    regime: Regime
    addressee: NoticeAddressee


class DueNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that was not given."""

    breach_id: str
    clock: NoticeClock
    overdue: bool


class Drafted(msgspec.Struct, frozen=True, kw_only=True):
    """A draft; prm.compliance.v1.DraftNoticeResponse describes each field."""

    text: PersonalText
    language: str
    missing: tuple[str, ...]


class Explained(NamedTuple):
    """A clock, when it started, and how its deadline is computed."""

    clock: NoticeClock
    aware_time: datetime
    deadline: Deadline


async def record_notice(env: Env, cmd: RecordNotice) -> BreachNotice:
    """The recorded notice; its clock is stopped. InvalidInput, WrongState."""
    loaded = await env.load(BREACHES, cmd.breach_id, call=cmd.call, etag=cmd.etag)
    now = env.clock.now()
    told = cmd.tell_time or now
    notice = BreachNotice(
        id=env.ids.new("bnt"),
        breach_id=cmd.breach_id,
        regime=cmd.regime,
        addressee=cmd.addressee,
        step=cmd.step,
        recipient=cmd.recipient,
        reference=cmd.reference,
        person_count=cmd.person_count if cmd.addressee is NoticeAddressee.PERSONS else 0,
        tell_time=told,
        late=is_late(loaded.value, (cmd.regime, cmd.addressee, cmd.step), told),
        delay_reason=cmd.delay_reason,
        recorder=cmd.call.caller.subject,
        create_time=now,
    )
    breach, event = tell(loaded.value, notice, now=now)
    if wrong := list(notice_violations(loaded.value, notice, now)):
        raise InvalidInput(wrong)
    put = loaded.put(breach)
    return await env.commit(create(NOTICES, notice), put, events=[About(event, put.document)], call=cmd.call)


async def list_due_notices(env: Env, cmd: ListDueNotices) -> tuple[list[DueNotice], str]:
    """One page of notices that were not given, those of the most urgent breach first, and the token of the next
    page."""
    before = cmd.due_before or _EVER
    page = await env.listing(
        BREACHES,
        {},
        call=cmd.call,
        order="next_due_time",
        below=before,
        page_size=cmd.page_size,
        page_token=cmd.page_token,
    )
    now = env.clock.now()
    found = [
        DueNotice(breach_id=loaded.value.id, clock=clock, overdue=clock.due_time <= now)
        for loaded in page.rows
        for clock in loaded.value.outstanding
        if clock.due_time < before
    ]
    return found, page.next_cursor


async def list_notices(env: Env, cmd: ListNotices) -> Page[BreachNotice]:
    """One page of the notices of a breach by id; NotFound for a breach that does not exist."""
    breach = await env.show(BREACHES, cmd.breach_id, call=cmd.call)
    filters = {"breach_id": breach.id}
    return await env.listing(NOTICES, filters, call=cmd.call, page_size=cmd.page_size, page_token=cmd.page_token)


async def explain_notice_clock(env: Env, cmd: ExplainNoticeClock) -> Explained:
    """A clock of the breach and its deadline; NotFound if the breach has no such clock."""
    breach = await env.show(BREACHES, cmd.breach_id, call=cmd.call)
    key = (cmd.regime, cmd.addressee, cmd.step)
    clock = next((one for one in breach.clocks if one.key == key), None)
    if clock is None:
        raise NotFound("notice_clock", ".".join((cmd.breach_id, *(one.name.lower() for one in key))))
    deadline = explained(clock, breach.aware_time, zone=env.directory.here.time_zone)
    return Explained(clock, breach.aware_time, deadline)


async def draft_notice(env: Env, cmd: DraftNotice) -> Drafted:
    """A draft, in English."""
    breach = await env.show(BREACHES, cmd.breach_id, call=cmd.call)
    policy = env.settings.policy
    controller = Controller(
        name=policy.controller_name, address=policy.controller_address, contact=policy.controller_contact
    )
    made = draft(breach, cmd.regime, cmd.addressee, controller, zone=env.directory.here.time_zone)
    return Drafted(text=PersonalText(text=made.text), language=LANGUAGE, missing=made.missing)
