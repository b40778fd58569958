"""What a service holds about a person: found by keyed hashes, sealed, handed over, announced by an event.

A kind declares whom its documents name (`Kind.persons`); the rest is the same everywhere. The event carries
counts, hashes and the name of the sealed object, never data.
"""

import hashlib
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence, Set
from datetime import datetime
from typing import Any

import msgspec
from msgspec import to_builtins
from msgspec.structs import replace

from libs.audit.statements import canonical
from libs.call import Call, Command
from libs.env import Env
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.intake import Consumer
from libs.person import Person
from libs.privacy.aliases import ALIASES, recognised, resembling, sought
from libs.privacy.keys import AliasField, Keys
from libs.privacy.masking import Mask
from libs.privacy.renewal import are_renewed, renew_aliases
from libs.privacy.unsought import NotSearched, Unsought, not_searched
from libs.store.port import ROWS_PER_PAGE, Document, Kind, Loaded, Query, Store, create, get

# What an answer holds. Beyond that many persons share an alias, as a rule: a switchboard, a mailbox.
ANSWER_ROWS = 10_000
ANSWER_BYTES = 8 * 1024 * 1024  # of the rows as JSON
FRESH_HASHES = 5_001  # one more than a request searches, so that it knows that there are more
RENEWED_PAGES = 10  # of 200 alias rows, before an answer; the job of the service does the rest

POSSIBLE_ALIASES = 100  # of one service
POSSIBLE_ROWS = 1_000  # that are read for them

_PURPOSE = b"prm-subject-answer/1\n"
_NAME_DIGITS = 16
_OBJECT_NAME = re.compile(r"(?P<case>\w+)/(?P<round>[0-9]{1,4})/(?P<service>[a-z]+)/[0-9a-f]{16}", re.ASCII)


class SubjectAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What compliance asks every service: prm.compliance.v1.SubjectRequestOpened. `round` counts from 1 as more
    aliases turn up. possible_hashes: of whoever may be the person, for an officer to decide."""

    case_id: str
    round: int
    alias_hashes: tuple[str, ...]
    possible_hashes: tuple[str, ...] = ()


class LocateSubject(Command, frozen=True, kw_only=True):
    """Find everything in rows of these kinds about the person behind the aliases. unsought: what is not looked at."""

    asked: SubjectAsked
    kinds: tuple[Kind[Any], ...]
    unsought: tuple[Unsought, ...] = ()


class KindCount(msgspec.Struct, frozen=True):
    """How many rows of a kind were found."""

    kind: str
    rows: int


class SubjectDataLocated(msgspec.Struct, frozen=True, kw_only=True):
    """A service's answer to one round of a case. sha256: hex, of the plain object. signature: Ed25519 over
    `<case>:<round>:<service>:<sha256>`, hex; answer_signature: over everything but the two, see `answer_text`.
    alias_hashes: those that were asked for and every further one that is now known to be of this person, up to
    FRESH_HASHES."""

    case_id: str
    service: str
    round: int
    counts: tuple[KindCount, ...]
    alias_hashes: tuple[str, ...]
    object_name: str
    sha256: str
    signature: str
    answer_signature: str = ""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one kind, as JSON objects that the JSON Schema beside them describes. masked: how many `persons`,
    `texts` and `fields` in them are another's."""

    kind: str
    schema: dict[str, Any]
    rows: tuple[dict[str, Any], ...]
    masked: dict[str, int] = {}


class PossibleAlias(msgspec.Struct, frozen=True, kw_only=True):
    """An address or a number that may be the person's, and may be somebody else's: as it was written, of whom, and in
    how many rows of a kind."""

    field: AliasField
    value: str
    name: str
    kind: str
    rows: int


class Holdings(msgspec.Struct, frozen=True, kw_only=True):
    """What a service hands over: the content of the sealed object. cut: whether more was found than an answer holds.
    renewed: whether every row could be found; false while rows of an earlier release are written anew. not_searched:
    where the person may stand and was not looked for. possible: what an officer may include in another request, up to
    POSSIBLE_ALIASES; nothing of it is for the person."""

    service: str
    case_id: str
    round: int
    sections: tuple[Section, ...]
    cut: bool = False
    renewed: bool = True
    not_searched: tuple[NotSearched, ...] = ()
    possible: tuple[PossibleAlias, ...] = ()


class SubjectAnswer(Document, frozen=True, kw_only=True):
    """That a round was answered, with what."""

    located: SubjectDataLocated
    at: datetime


ANSWERS = Kind("subject_answer", SubjectAnswer)


def answering(*kinds: Kind[Any], unsought: tuple[Unsought, ...] = ()) -> Consumer[Any]:
    """The consumer that answers for a service with these kinds that hold persons."""

    async def handle(env: Env[Any], envelope: Envelope, call: Call) -> None:
        asked = EventCodec.decode(envelope, SubjectAsked)
        await env.run(locate_subject, LocateSubject(call=call, asked=asked, kinds=kinds, unsought=unsought))

    return Consumer("compliance.subject_request.opened", handle)


async def locate_subject(env: Env[Any], cmd: LocateSubject) -> SubjectAnswer:
    """Locate, seal, hand over and announce. The object's name has its hash in it: an answer that is made twice, with
    other rows in between, must not change what the first one signed."""
    asked = cmd.asked
    renewed = await _renewed(env, cmd.kinds)
    found = await _collect(env.store, env.keys, cmd)
    sections = tuple(found.sections)
    plain = msgspec.json.encode(
        Holdings(
            service=env.service,
            case_id=asked.case_id,
            round=asked.round,
            sections=sections,
            cut=found.cut,
            renewed=renewed,
            not_searched=await not_searched(env.store, cmd.unsought),
            possible=await _possible(env.store, env.keys, cmd),
        )
    )
    digest = hashlib.sha256(plain).hexdigest()
    name = object_name(asked.case_id, asked.round, env.service, digest)
    await env.objects.put(name, env.keys.seal(plain, name))
    located = SubjectDataLocated(
        case_id=asked.case_id,
        service=env.service,
        round=asked.round,
        counts=tuple(KindCount(section.kind, len(section.rows)) for section in sections),
        alias_hashes=tuple(sorted({*asked.alias_hashes, *sorted(found.fresh)[:FRESH_HASHES]})),
        object_name=name,
        sha256=digest,
        signature=env.keys.sign(signed_text(asked.case_id, asked.round, env.service, digest)).hex(),
    )
    located = replace(located, answer_signature=env.keys.sign(answer_text(located)).hex())
    done = SubjectAnswer(id=f"{asked.case_id}:{asked.round}", located=located, at=env.clock.now())
    loaded = await get(env.store, ANSWERS, done.id)
    put = loaded.put(done) if loaded else create(ANSWERS, done)
    return await env.commit(put, events=[located], call=cmd.call)


def object_name(case_id: str, round: int, service: str, sha256: str) -> str:
    """Under which name an answer is handed over."""
    return f"{case_id}/{round}/{service}/{sha256[:_NAME_DIGITS]}"


def case_of(object_name: str) -> tuple[str, int, str] | None:
    """Of which case and round, and by which service, an object is; None for a name that no answer has."""
    found = _OBJECT_NAME.fullmatch(object_name)
    return (found["case"], int(found["round"]), found["service"]) if found else None


def answer_text(located: SubjectDataLocated) -> bytes:
    """What a service signs of an answer: all that is in it."""
    return _PURPOSE + canonical(to_builtins(replace(located, signature="", answer_signature="")))


def is_genuine(keys: Keys, located: SubjectDataLocated) -> bool:
    """Whether a service of this cell gave this answer, with these counts and hashes."""
    return keys.verify(bytes.fromhex(located.answer_signature), answer_text(located))


def signed_text(case_id: str, round: int, service: str, sha256: str) -> bytes:
    """What a service signs of the object that it hands over."""
    return f"{case_id}:{round}:{service}:{sha256}".encode()


async def _renewed(env: Env[Any], kinds: Sequence[Kind[Any]]) -> bool:
    """Whether every row can be found; what few rows of an earlier release there are is written anew first."""
    for _ in range(RENEWED_PAGES):
        if await are_renewed(env.store):
            return True
        await renew_aliases(env.store, env.keys, kinds, env.clock.now())
    return await are_renewed(env.store)


class _Found:
    """What is found for one answer. fresh: hashes that were not asked for. cut: whether it is not everything."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.fresh: set[str] = set()
        self.cut = False
        self.room_bytes = ANSWER_BYTES

    def takes(self, row: dict[str, Any]) -> bool:
        """Whether there is room for the row."""
        self.room_bytes -= len(msgspec.json.encode(row))
        self.cut |= self.room_bytes < 0
        return self.room_bytes >= 0


async def _collect(store: Store, keys: Keys, cmd: LocateSubject) -> _Found:
    asked = frozenset(cmd.asked.alias_hashes)
    found = _Found()
    places, found.cut = await _places(store, sorted(asked), ANSWER_ROWS)
    for kind in cmd.kinds:
        found.sections.append(await _section(store, keys, kind, asked=asked, places=places, found=found))
    return found


async def _section(
    store: Store,
    keys: Keys,
    kind: Kind[Any],
    *,
    asked: frozenset[str],
    places: Set[tuple[str, str]],
    found: _Found,
) -> Section:
    persons = kind.persons
    assert persons is not None, "a kind that holds persons"
    rows = []
    masked: Counter[str] = Counter()
    async for loaded in _documents(store, kind, sorted(row for name, row in places if name == kind.name)):
        country = await persons.country(store, loaded.value)
        is_subject = _recogniser(keys, asked, country)
        known = [sought(keys, person, country) for person in persons.of(loaded.value) if is_subject(person)]
        if not known:
            continue  # the same digits are somebody's number in another country
        mask = Mask(is_subject)
        shown = mask.row(loaded.value, persons.about(loaded.value), persons.own)
        if not found.takes(shown):
            break
        found.fresh.update(*known)
        found.fresh -= asked
        rows.append(shown)
        masked += mask.counts
    schema = msgspec.json.schema(kind.type)
    return Section(kind=kind.name, schema=schema, rows=tuple(rows), masked=dict(masked))


async def _possible(store: Store, keys: Keys, cmd: LocateSubject) -> tuple[PossibleAlias, ...]:
    """Who has an alias that may be another spelling of one that was asked for, and is not the person already."""
    asked, possible = frozenset(cmd.asked.alias_hashes), frozenset(cmd.asked.possible_hashes)
    places, _ = await _places(store, sorted(possible - asked), POSSIBLE_ROWS)
    found: Counter[tuple[AliasField, str, str, str]] = Counter()
    for kind in cmd.kinds:
        persons = kind.persons
        assert persons is not None, "a kind that holds persons"
        async for loaded in _documents(store, kind, sorted(row for name, row in places if name == kind.name)):
            is_subject = _recogniser(keys, asked, await persons.country(store, loaded.value))
            others = (one for one in persons.of(loaded.value) if not is_subject(one))
            found.update(
                {(*one, person.name, kind.name) for person in others for one in resembling(keys, person, possible)}
            )
    return tuple(
        PossibleAlias(field=field, value=value, name=name, kind=kind, rows=rows)
        for (field, value, name, kind), rows in found.most_common(POSSIBLE_ALIASES)
    )


async def _documents(store: Store, kind: Kind[Any], ids: Sequence[str]) -> AsyncIterator[Loaded[Any]]:
    """The documents in the order of the ids, a page at a time. One that was removed since its alias was read is left
    out; its alias rows went with it."""
    for start in range(0, len(ids), ROWS_PER_PAGE):
        for loaded in (await store.get_many(kind, ids[start : start + ROWS_PER_PAGE])).values():
            yield loaded


async def _places(store: Store, hashes: Iterable[str], most_rows: int) -> tuple[Set[tuple[str, str]], bool]:
    """Where the hashes occur, kind and row, and whether there is more than `most_rows`. A page of each by turns: an
    alias that thousands share does not crowd out those of one person."""
    found: set[tuple[str, str]] = set()
    cursors = dict.fromkeys(hashes, "")
    while cursors:
        for one, cursor in tuple(cursors.items()):
            page = await store.find(Query(kind=ALIASES, equals={"hash": one}, limit=ROWS_PER_PAGE, cursor=cursor))
            fresh = {(loaded.value.kind, loaded.value.row) for loaded in page.rows} - found
            if len(found) + len(fresh) > most_rows:
                found.update(sorted(fresh)[: most_rows - len(found)])
                return found, True
            found |= fresh
            cursors[one] = page.next_cursor
        cursors = {one: cursor for one, cursor in cursors.items() if cursor}
    return found, False


def _recogniser(keys: Keys, asked: frozenset[str], country: str) -> Callable[[Person], bool]:
    return lambda person: bool(recognised(keys, person, country) & asked)
