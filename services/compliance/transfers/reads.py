"""What decides about a flow: its transfer, the count of its year, and the marks of its persons.

A person counts once a year. The store keeps a mark of each: HMAC-SHA256 of the person's identity, with a random key
that only this year has. The count is exact, which a sketch would not be near a legal limit. When the year is over the
key is destroyed and the marks are deleted, so nothing is left but the number. An erasure in between changes neither:
the count goes on, and the mark names nobody to whoever has no key.
"""

import hashlib
import hmac
import unicodedata
from datetime import date
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from libs.env import About
from libs.errors import InvalidInput
from libs.ids import unique
from libs.person import Person, require_homes
from libs.privacy.keys import AliasField, Keys
from libs.privacy.spelling import normalise
from libs.store.port import Loaded, Put, create, get, get_all
from services.compliance.law.domain.thresholds import Threshold, ThresholdState, ThresholdUse, applying, uses
from services.compliance.settings import Env
from services.compliance.transfers.documents import COUNTS, MARKS, TRANSFERS
from services.compliance.transfers.domain.flow import (
    Tally,
    TransferCount,
    TransferFlow,
    TransferMark,
    TransferRecord,
    flow_violations,
    judge,
    neared,
    tally,
)
from services.compliance.transfers.domain.states import TransferRefusal
from services.compliance.transfers.events import TransferRecorded, TransferRefused, TransferThresholdNeared

_KEY_OF = "transfer_year:{}"
_MARK_BYTES = 16

# The lock of `settings.locks` under which flows are settled and committed.
COUNTING = "transfer_count"


class Judged(NamedTuple):
    """A flow, and everything by which it was judged. before, after: the thresholds without and with it. stored: the
    count of the year, None if nothing was counted in it yet. known: by id of the mark, what is stored of it."""

    flow: TransferFlow
    refusals: tuple[TransferRefusal, ...]
    before: tuple[ThresholdUse, ...]
    after: tuple[ThresholdUse, ...]
    tally: Tally
    year: TransferCount
    stored: Loaded[TransferCount] | None
    known: dict[str, Loaded[TransferMark] | None]

    def marks(self) -> list[Put[TransferMark]]:
        """The writes of the marks that are new or that become sensitive."""
        found = []
        sensitive = self.flow.is_sensitive
        for name, loaded in self.known.items():
            mark = TransferMark(id=name, year=self.year.year, sensitive=sensitive)
            if loaded is None:
                found.append(create(MARKS, mark))
            elif sensitive and not loaded.value.sensitive:
                found.append(loaded.put(mark))
        return found

    def written_count(self, year: TransferCount) -> Put[TransferCount]:
        """The write of the year's count."""
        return create(COUNTS, year) if self.stored is None else self.stored.put(year)


class Settled(NamedTuple):
    """A flow that is allowed and counted, or refused, once everything is in one commit. record: not stored yet. writes:
    of the count and of the marks; none for a refused flow. events: about the record, or the document they name."""

    record: TransferRecord
    writes: tuple[Put[Any], ...]
    events: tuple[msgspec.Struct | About, ...]


async def judged(env: Env, flow: TransferFlow, *, counting: bool) -> Judged:
    """The flow as it would be judged now. counting: whether its persons are to be counted, so that it must name them.
    InvalidInput with every violation; WrongCell for a person of another cell."""
    identities = [identity_of(person) for person in flow.persons]
    if wrong := list(flow_violations(flow, identities, counting=counting)):
        raise InvalidInput(wrong)
    require_homes(env.directory, **{f"persons[{place}]": one for place, one in enumerate(flow.persons)})
    today = env.today()
    transfer = await get(env.store, TRANSFERS, flow.transfer_id) if flow.transfer_id else None
    count = await get(env.store, COUNTS, str(today.year))
    year = _opened(env.keys, count.value if count else TransferCount(id=str(today.year), year=today.year))
    known = await _known(env, year, identities)
    found = tally(year, {name: one.value if one else None for name, one in known.items()}, sensitive=flow.is_sensitive)
    limits = thresholds_of(env, today)
    refusals, after = judge(flow, transfer.value if transfer else None, found, today=today, thresholds=limits)
    return Judged(flow, refusals, counted(year, limits), after, found, year, count, known)


async def settled(env: Env, flow: TransferFlow) -> Settled:
    """What records a flow, for one commit: create `record`, and add `writes` and `events`. Nothing may be sent unless
    `record.allowed`, and unless the commit succeeded. A commit that meets another count fails by its version: settle
    again. Calls of one process hold the lock COUNTING of the settings meanwhile. InvalidInput, WrongCell."""
    found = await judged(env, flow, counting=True)
    record = _record(env, found)
    if found.refusals:
        return Settled(record, (), (_refused(record),))
    year = replace(
        found.year,
        person_count=found.tally.person_count,
        sensitive_person_count=found.tally.sensitive_person_count,
    )
    count = found.written_count(year)
    told = (About(_neared(one, year.year), count.document) for one in neared(found.before, found.after))
    return Settled(record, (count, *found.marks()), (_counted(record, year), *told))


async def count_of(env: Env, year: int) -> TransferCount:
    """The count of a year; zeros if nothing was counted in it."""
    loaded = await get(env.store, COUNTS, str(year))
    return loaded.value if loaded else TransferCount(id=str(year), year=year, open_year=year)


def counted(count: TransferCount, thresholds: tuple[Threshold, ...]) -> tuple[ThresholdUse, ...]:
    """Each threshold with what counts towards it now."""
    return tuple(uses(thresholds, persons=count.person_count, sensitive=count.sensitive_person_count))


def thresholds_of(env: Env, day: date) -> tuple[Threshold, ...]:
    """The thresholds of this cell on a day."""
    critical = env.settings.policy.critical_infrastructure
    return applying(env.settings.thresholds, env.directory.here.serves, day, critical=critical)


def identity_of(person: Person) -> str:
    """What a person is counted by: email and name, else phone number and name, else the id; empty without these.

    The name belongs to it because several persons may share a mailbox or a switchboard: two persons never count as one.
    """
    country = person.address.country if person.address else ""
    name = " ".join(unicodedata.normalize("NFKC", person.name).casefold().split())
    for field, value in ((AliasField.EMAIL, person.email), (AliasField.PHONE, person.phone)):
        if form := normalise(field, value, country):
            return "\0".join((field.name, form, name))
    return "\0".join((AliasField.PERSON_ID.name, person.person_id)) if person.person_id else ""


def _opened(keys: Keys, count: TransferCount) -> TransferCount:
    """The count with a key for its marks. A year that another replica closed a moment ago, by a clock that is ahead,
    gets another key: its last persons may then count twice, and none is missed."""
    if count.sealed_key:
        return count
    sealed = keys.seal((unique() + unique()).encode(), _KEY_OF.format(count.year))
    return replace(count, sealed_key=sealed.hex(), open_year=count.year)


async def _known(env: Env, year: TransferCount, identities: list[str]) -> dict[str, Loaded[TransferMark] | None]:
    """By the id of the mark of each identity, what is stored of it."""
    key = env.keys.unseal(bytes.fromhex(year.sealed_key), _KEY_OF.format(year.year))
    marks = [hmac.digest(key, one.encode(), hashlib.sha256)[:_MARK_BYTES].hex() for one in identities]
    ids = [f"{year.year}:{mark}" for mark in marks]
    found = await get_all(env.store, MARKS, ids)
    return {name: found.get(name) for name in ids}


def _record(env: Env, found: Judged) -> TransferRecord:
    allowed, flow = not found.refusals, found.flow
    return TransferRecord(
        id=env.ids.new("tfr"),
        transfer_id=flow.transfer_id,
        allowed=allowed,
        refused=not allowed,
        refusals=found.refusals,
        warnings=tuple(one.name for one in found.after if one.state is not ThresholdState.CLEAR),
        purpose=flow.purpose,
        categories=flow.categories,
        recipient_country=flow.recipient_country,
        sensitive=flow.is_sensitive,
        year=found.year.year,
        person_count=found.tally.marked,
        new_person_count=found.tally.new if allowed else 0,
        new_sensitive_person_count=found.tally.new_sensitive if allowed else 0,
        create_time=env.clock.now(),
    )


def _refused(record: TransferRecord) -> TransferRefused:
    return TransferRefused(
        record_id=record.id,
        transfer_id=record.transfer_id,
        recipient_country=record.recipient_country,
        refusals=record.refusals,
    )


def _counted(record: TransferRecord, year: TransferCount) -> TransferRecorded:
    return TransferRecorded(
        record_id=record.id,
        transfer_id=record.transfer_id,
        recipient_country=record.recipient_country,
        year=year.year,
        flow_person_count=record.person_count,
        person_count=year.person_count,
        sensitive_person_count=year.sensitive_person_count,
    )


def _neared(use: ThresholdUse, year: int) -> TransferThresholdNeared:
    return TransferThresholdNeared(name=use.name, year=year, limit=use.limit, counted=use.counted)
