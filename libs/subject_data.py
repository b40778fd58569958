"""Answers a request for the data of a person: the service finds its rows by keyed hashes, seals them into an object for
compliance, and announces the object by an event.

A kind declares which persons its documents hold (`Kind.persons`); the rest is the same in all services. The event
contains counts and the names of encrypted objects, never data and no hash of an alias (`libs/sought_hashes.py`).
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
from libs.errors import NotFound
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.messaging.intake import Consumer
from libs.person import Person
from libs.privacy.aliases import ALIASES, recognised, resembling, sought
from libs.privacy.keys import AliasField, Keys
from libs.privacy.masking import Mask
from libs.privacy.renewal import are_renewed, renew_aliases
from libs.privacy.unsought import NotSearched, Unsought, not_searched
from libs.sought_hashes import FOUND, seal_sought, unseal_sought
from libs.store.port import ROWS_PER_PAGE, Document, Kind, Loaded, Query, Store, create, get

# Bounds of an answer. A larger one usually means that many persons share an alias, such as a switchboard or a mailbox.
ANSWER_ROWS = 10_000
ANSWER_BYTES = 8 * 1024 * 1024  # of the rows as JSON
FRESH_HASHES = 5_001  # one more than compliance searches for, so that it sees that there are more
RENEWED_PAGES = 10  # of 200 alias rows, before an answer; the job of the service does the rest

POSSIBLE_ALIASES = 100  # of one service
POSSIBLE_ROWS = 1_000  # at most so many rows are read to find them

_PURPOSE = b"prm-subject-answer/1\n"
_NAME_DIGITS = 16
_OBJECT_NAME = re.compile(r"(?P<case>\w+)/(?P<round>[0-9]{1,4})/(?P<service>[a-z]+)/[0-9a-f]{16}", re.ASCII)


class SubjectAsked(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of prm.compliance.v1.SubjectRequestOpened, which every service consumes. round: from 1, one more each
    time that further aliases are found. object_name: of the encrypted object with the hashes. alias_hashes: of the
    person's aliases. possible_hashes: of aliases that may be the person's; an officer decides. An event has hashes only
    if a release before 2026-11-30 wrote it; then `object_name` is empty."""

    case_id: str
    round: int
    alias_hashes: tuple[str, ...] = ()
    possible_hashes: tuple[str, ...] = ()
    object_name: str = ""


class LocateSubject(Command, frozen=True, kw_only=True):
    """Find all rows of these kinds about the person with the aliases. unsought: the places that are not searched."""

    asked: SubjectAsked
    kinds: tuple[Kind[Any], ...]
    unsought: tuple[Unsought, ...] = ()


class KindCount(msgspec.Struct, frozen=True):
    """How many rows of a kind were found."""

    kind: str
    rows: int


class SubjectDataLocated(msgspec.Struct, frozen=True, kw_only=True):
    """A service's answer to one round of a case. sha256: of the object before encryption, hex. signature: Ed25519 over
    `<case>:<round>:<service>:<sha256>`, hex; answer_signature: Ed25519 over all fields but the signatures, hex, see
    `answer_text`. withheld_count: see `withheld_count`; None in answers of earlier releases. asked_object_name: of the
    question. aliases_object_name, aliases_sha256: of the object with up to FRESH_HASHES further hashes of the person;
    empty if there are none. alias_hashes: those of the request and these, only in an answer to a question that has its
    hashes in the event, and then the three names are empty."""

    case_id: str
    service: str
    round: int
    counts: tuple[KindCount, ...]
    alias_hashes: tuple[str, ...] = ()
    object_name: str
    sha256: str
    signature: str
    answer_signature: str = ""
    withheld_count: int | None = None
    asked_object_name: str = ""
    aliases_object_name: str = ""
    aliases_sha256: str = ""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one kind, as JSON objects. schema: their JSON Schema. masked: how many `persons`, `texts` and
    `fields` were masked because they are another person's."""

    kind: str
    schema: dict[str, Any]
    rows: tuple[dict[str, Any], ...]
    masked: dict[str, int] = {}


class PossibleAlias(msgspec.Struct, frozen=True, kw_only=True):
    """An email address or a phone number that may be the person's or somebody else's. value: as it is stored. name: of
    the person it is stored with. rows: in how many rows of the kind."""

    field: AliasField
    value: str
    name: str
    kind: str
    rows: int


class Holdings(msgspec.Struct, frozen=True, kw_only=True):
    """The content of the sealed object. cut: whether rows were left out because the answer was full. renewed: whether
    every row could be found; False while alias rows of an earlier release are not rewritten yet. not_searched: places
    that may name the person and were not searched. possible: up to POSSIBLE_ALIASES aliases that an officer may add to
    the next round; they are never shown to the person. salt: makes the hash of the content, which events and the
    manifest have, one that nobody without the keys of the cell can compare with a guess."""

    service: str
    case_id: str
    round: int
    sections: tuple[Section, ...]
    cut: bool = False
    renewed: bool = True
    not_searched: tuple[NotSearched, ...] = ()
    possible: tuple[PossibleAlias, ...] = ()
    salt: str = ""


class SubjectAnswer(Document, frozen=True, kw_only=True):
    """The answer to a round, as it was given at `at`; the id is `<case>:<round>`."""

    located: SubjectDataLocated
    at: datetime


ANSWERS = Kind("subject_answer", SubjectAnswer)


def answering(*kinds: Kind[Any], unsought: tuple[Unsought, ...] = ()) -> Consumer[Any]:
    """The consumer that answers subject requests for a service with these kinds, all of which hold persons."""

    async def handle(env: Env[Any], envelope: Envelope, call: Call) -> None:
        asked = EventCodec.decode(envelope, SubjectAsked)
        await env.run(locate_subject, LocateSubject(call=call, asked=asked, kinds=kinds, unsought=unsought))

    return Consumer("compliance.subject_request.opened", handle)


async def locate_subject(env: Env[Any], cmd: LocateSubject) -> SubjectAnswer:
    """Find the rows, store them as a sealed object, and announce it; the answer. The name of the object contains its
    hash, so an answer that is made again after rows have changed does not overwrite the object that the first signed.
    StoreUnavailable, also if the object store is unavailable; NotFound if the object of the question has gone."""
    answer_id = f"{cmd.asked.case_id}:{cmd.asked.round}"
    answered = await get(env.store, ANSWERS, answer_id)
    try:
        cmd = replace(cmd, asked=await _read(env, cmd.asked))
    except NotFound:
        if answered is None:
            raise
        return answered.value  # the question came once more, after its round has ended
    asked = cmd.asked
    renewed = await _renewed(env, cmd.kinds)
    found = await _collect(env.store, env.keys, cmd)
    sections = tuple(found.sections)
    holdings = Holdings(
        service=env.service,
        case_id=asked.case_id,
        round=asked.round,
        sections=sections,
        cut=found.cut,
        renewed=renewed,
        not_searched=await not_searched(env.store, cmd.unsought),
        possible=await _possible(env.store, env.keys, cmd),
        salt=env.keys.derived(f"answer:{asked.case_id}:{asked.round}:{env.service}"),
    )
    plain = msgspec.json.encode(holdings)
    digest = hashlib.sha256(plain).hexdigest()
    name = object_name(asked.case_id, asked.round, env.service, digest)
    await env.objects.put(name, env.keys.seal(plain, name))
    located = SubjectDataLocated(
        case_id=asked.case_id,
        service=env.service,
        round=asked.round,
        counts=tuple(KindCount(section.kind, len(section.rows)) for section in sections),
        object_name=name,
        sha256=digest,
        signature=env.keys.sign(signed_text(asked.case_id, asked.round, env.service, digest)).hex(),
        withheld_count=withheld_count(holdings),
    )
    located = await _with_hashes(env, asked, located, tuple(sorted(found.fresh)[:FRESH_HASHES]))
    located = replace(located, answer_signature=env.keys.sign(answer_text(located)).hex())
    done = SubjectAnswer(id=answer_id, located=located, at=env.clock.now())
    put = answered.put(done) if answered else create(ANSWERS, done)
    return await env.commit(put, events=[located], call=cmd.call)


async def _read(env: Env[Any], asked: SubjectAsked) -> SubjectAsked:
    """The question with its hashes; NotFound, ForgedObject, StoreUnavailable."""
    if not asked.object_name:
        return asked
    found = unseal_sought(env.keys, asked.object_name, await env.objects.get(asked.object_name))
    return replace(asked, alias_hashes=found.alias_hashes, possible_hashes=found.possible_hashes)


async def _with_hashes(
    env: Env[Any], asked: SubjectAsked, located: SubjectDataLocated, fresh: tuple[str, ...]
) -> SubjectDataLocated:
    """The answer with the name of the object that has the further hashes. A question of the release before is answered
    as that release reads it, with the hashes in the event."""
    if not asked.object_name:
        return replace(located, alias_hashes=tuple(sorted({*asked.alias_hashes, *fresh})))
    located = replace(located, asked_object_name=asked.object_name)
    if not fresh:
        return located
    sealed = await seal_sought(env, FOUND, asked.case_id, asked.round, fresh)
    return replace(located, aliases_object_name=sealed.name, aliases_sha256=sealed.sha256)


def withheld_count(holdings: Holdings) -> int:
    """How many things an answer leaves out: one for each kind with masked data, one if it was cut, one if there are
    possible aliases, one if rows were not renewed. A package has a sentence for each."""
    masked = sum(any(one.masked.values()) for one in holdings.sections)
    return masked + holdings.cut + bool(holdings.possible) + (not holdings.renewed)


def object_name(case_id: str, round: int, service: str, sha256: str) -> str:
    """The name of the object of an answer."""
    return f"{case_id}/{round}/{service}/{sha256[:_NAME_DIGITS]}"


def case_of(object_name: str) -> tuple[str, int, str] | None:
    """The case, round and service in the name of an object; None if it is not the name of an answer."""
    found = _OBJECT_NAME.fullmatch(object_name)
    return (found["case"], int(found["round"]), found["service"]) if found else None


def answer_text(located: SubjectDataLocated) -> bytes:
    """The bytes that `answer_signature` signs: all fields but the signatures."""
    return _PURPOSE + signed_content(located)


def signed_content(located: SubjectDataLocated) -> bytes:
    """The canonical JSON of the fields that `answer_signature` signs."""
    return canonical(to_builtins(replace(located, signature="", answer_signature="")))


def is_genuine(keys: Keys, located: SubjectDataLocated) -> bool:
    """Whether the answer was signed by its service, in this cell, and has not been changed."""
    return keys.verify(bytes.fromhex(located.answer_signature), answer_text(located), by=located.service)


def signed_text(case_id: str, round: int, service: str, sha256: str) -> bytes:
    """The bytes that `signature` signs."""
    return f"{case_id}:{round}:{service}:{sha256}".encode()


async def _renewed(env: Env[Any], kinds: Sequence[Kind[Any]]) -> bool:
    """Whether every row can be found. Alias rows of an earlier release are rewritten first, RENEWED_PAGES at most."""
    for _ in range(RENEWED_PAGES):
        if await are_renewed(env.store):
            return True
        await renew_aliases(env.store, env.keys, kinds, env.clock.now())
    return await are_renewed(env.store)


class _Found:
    """The rows found for one answer. fresh: further hashes of the person. cut: whether rows were left out."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.fresh: set[str] = set()
        self.cut = False
        self.room_bytes = ANSWER_BYTES

    def takes(self, row: dict[str, Any]) -> bool:
        """Whether the answer has room for the row; takes the room, and sets `cut` if there is none."""
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
            continue  # the digits of the alias are another person's phone number in another country
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
    """The aliases in `possible_hashes` that rows of other persons have, most frequent first."""
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
    """The documents in the order of the ids, read a page at a time. A document that was deleted after its alias row was
    read is left out; its alias rows were deleted with it."""
    for start in range(0, len(ids), ROWS_PER_PAGE):
        for loaded in (await store.get_many(kind, ids[start : start + ROWS_PER_PAGE])).values():
            yield loaded


async def _places(store: Store, hashes: Iterable[str], most_rows: int) -> tuple[Set[tuple[str, str]], bool]:
    """The (kind, row id) pairs in which the hashes occur, and whether there are more than `most_rows`. Reads a page of
    each hash in turn, so that an alias that thousands share does not displace those of one person."""
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
