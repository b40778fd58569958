"""Records, revokes, warns of, expires and lists completions of courses."""

from datetime import date, datetime

from libs.call import Command, ResourceCommand
from libs.env import About
from libs.errors import InvalidInput, Violation
from libs.person import Person
from libs.privacy.ledger.gate import PersonErased
from libs.store.listing import every_row, everything
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page, Put, create, get
from services.partners.certification.documents import CERTIFICATIONS, COMPLETIONS, GATES
from services.partners.certification.domain import completions as domain
from services.partners.certification.domain.certificates import Explained, explain
from services.partners.certification.domain.completions import Completion
from services.partners.certification.domain.states import CompletionState
from services.partners.certification.events import CompletionRecorded
from services.partners.certification.reads import recounted, track_of
from services.partners.contacts.documents import CONTACTS
from services.partners.record.documents import PARTNERS
from services.partners.settings import Env


class RecordCompletion(Command, frozen=True, kw_only=True):
    """Record that a contact has completed a course. last_day: None: as the course says."""

    contact_id: str
    track: str
    course: str
    completed_on: date
    last_day: date | None = None


class RevokeCompletion(ResourceCommand, frozen=True, kw_only=True):
    """Revoke a completion."""


class MoveCompletion(Command, frozen=True, kw_only=True):
    """Warn of the end of a completion, or end it, as far as that is due."""

    id: str


class ForgetPerson(Command, frozen=True, kw_only=True):
    """Take the person out of all completions of a contact that was removed."""

    contact_id: str
    partner_id: str


class ListCompletions(ListCommand, frozen=True, kw_only=True):
    """List completions; an empty filter matches all of them."""

    partner_id: str = ""
    contact_id: str = ""
    track: str = ""
    state: CompletionState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class GetCertification(Command, frozen=True, kw_only=True):
    """Explain the certificates of a partner."""

    partner_id: str


async def record_completion(env: Env, cmd: RecordCompletion) -> Completion:
    """The new completion. NotFound, InvalidInput, Duplicate, PersonErased, TooManyCompletions."""
    contact = (await env.load(CONTACTS, cmd.contact_id, call=cmd.call)).value
    if not contact.person.name:
        raise PersonErased
    today, course = env.today(), (await track_of(env, cmd.track)).course(cmd.course)
    wrong = [*domain.day_violations(cmd.completed_on, cmd.last_day, today=today)]
    if course is None:
        wrong.append(Violation("course", f"is no course of track {cmd.track}", "UNKNOWN_COURSE"))
    if wrong or course is None:
        raise InvalidInput(wrong)
    async with env.settings.locks.of(contact.partner_id):
        rows = await every_row(env.store, COMPLETIONS, {"contact_id": contact.id})
        now = env.clock.now()
        completion = Completion(
            id=env.ids.new("cmp"),
            partner_id=contact.partner_id,
            contact_id=contact.id,
            holder=Person(person_id=contact.person.person_id),
            track=cmd.track,
            course=cmd.course,
            completed_on=cmd.completed_on,
            last_day=cmd.last_day or domain.last_day_of(course, cmd.completed_on),
            create_time=now,
            update_time=now,
        )
        completion, renewed = domain.record(completion, [row.value for row in rows], today=today, now=now)
        shorter = {one.id: one for one in renewed}
        put, changed = await recounted(env, contact.partner_id, [completion, *renewed])
        return await env.commit(
            create(COMPLETIONS, completion),
            *(row.put(shorter[row.value.id]) for row in rows if row.value.id in shorter),
            put,
            events=[_recorded(completion), changed],
            call=cmd.call,
        )


async def revoke_completion(env: Env, cmd: RevokeCompletion) -> Completion:
    """The completion in REVOKED; WrongState."""
    partner_id = (await env.load(COMPLETIONS, cmd.id, call=cmd.call)).value.partner_id
    async with env.settings.locks.of(partner_id):
        loaded = await env.load(COMPLETIONS, cmd.id, call=cmd.call, etag=cmd.etag)
        completion, event = domain.revoke(loaded.value, now=env.clock.now())
        put, changed = await recounted(env, partner_id, [completion])
        return await env.commit(loaded.put(completion), put, events=[event, changed], call=cmd.call)


async def move_completion(env: Env, cmd: MoveCompletion) -> Completion:
    """The completion after the warning or the end that is due today, or after its person was erased; unchanged if
    nothing is due."""
    partner_id = (await env.load(COMPLETIONS, cmd.id, call=cmd.call)).value.partner_id
    async with env.settings.locks.of(partner_id):
        loaded = await env.load(COMPLETIONS, cmd.id, call=cmd.call)
        now = env.clock.now()
        moved = domain.fall_due(loaded.value, today=env.today(), now=now)
        if moved is None:
            return loaded.value
        completion, event = moved
        if completion.state is CompletionState.VALID:
            return await env.commit(loaded.put(completion), events=[event], call=cmd.call)
        put, changed = await recounted(env, partner_id, [completion])
        return await env.commit(loaded.put(completion), put, events=[event, changed], call=cmd.call)


async def forget_person(env: Env, cmd: ForgetPerson) -> Completion | None:
    """Takes the person out of all completions of the contact and ends those that counted; one of them, None if there
    are none."""
    async with env.settings.locks.of(cmd.partner_id):
        rows = await every_row(env.store, COMPLETIONS, {"contact_id": cmd.contact_id})
        if not rows:
            return None
        now = env.clock.now()
        moved = [(row, *domain.lose_person(row.value, now=now)) for row in rows]
        puts: list[Put[Completion]] = [row.put(left) for row, left, _ in moved]
        events = [About(event, put.document) for put, (_, _, event) in zip(puts, moved, strict=True) if event]
        put, changed = await recounted(env, cmd.partner_id, [left for _, left, _ in moved])
        return await env.commit(puts[0], *puts[1:], put, events=[*events, changed], call=cmd.call)


async def list_completions(env: Env, cmd: ListCompletions) -> Page[Completion]:
    """One page of completions, by id unless the caller asks for another order."""
    filters = filters_of(cmd, "partner_id", "contact_id", "track", "state")
    return await env.listing(COMPLETIONS, filters, call=cmd.call, **paged(cmd, UPDATED))


async def get_certification(env: Env, cmd: GetCertification) -> Explained:
    """The certified persons of a partner today, and what they open."""
    await env.show(PARTNERS, cmd.partner_id, call=cmd.call)
    loaded = await get(env.store, CERTIFICATIONS, cmd.partner_id)
    gates = await everything(env.store, GATES, {})
    return explain(loaded.value.tracks if loaded else (), gates, today=env.today())


def _recorded(completion: Completion) -> CompletionRecorded:
    return CompletionRecorded(
        completion_id=completion.id,
        partner_id=completion.partner_id,
        track=completion.track,
        course=completion.course,
        last_day=completion.last_day,
    )
