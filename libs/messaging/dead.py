"""Dead letters: messages that a consumer could not process, each with the reason, until an operator replays them.

A replayed letter goes only to the consumer that failed, on a subject of its own. Reasons contain ids and states, never
the text of an error, which may quote the value that caused it.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime

import msgspec
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from libs.errors import AppError
from libs.lifetime import stop_if_cancelled
from libs.messaging.jetstream import JetStream, Outgoing, Session
from libs.messaging.streams import DEAD, dead_subject, replay_subject

LETTERS_AT_MOST = 1_000

ORIGINAL_SUBJECT = "prm-subject"

_PREFIX = "prm-dead-"
_SEQUENCE, _DURABLE, _REASON = _PREFIX + "sequence", _PREFIX + "durable", _PREFIX + "reason"
_DETAIL, _DELIVERIES, _AT = _PREFIX + "detail", _PREFIX + "deliveries", _PREFIX + "time"
_FRAMES = 3


class Reason(msgspec.Struct, frozen=True):
    """The reason why a message could not be processed. code: the reason of an AppError, or one of BUG, UNREADABLE,
    DELIVERED_TOO_OFTEN. detail: ids and states, or the place of a bug."""

    code: str
    detail: str = ""

    @classmethod
    def of(cls, err: BaseException) -> "Reason":
        """For an AppError its reason and metadata, for any other error its type and where it was raised."""
        if isinstance(err, AppError):
            return cls(err.reason, " ".join(f"{key}={value}" for key, value in err.metadata.items()))
        places, step = [], err.__traceback__
        while step is not None:
            places.append(f"{step.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{step.tb_lineno}")
            step = step.tb_next
        return cls("BUG", f"{type(err).__name__} at {' '.join(places[-_FRAMES:])}")


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message in DEAD. sequence: its number there, as `replay_dead` expects it. durable: the consumer that failed.
    id, type, about: of the event, empty if it could not be read. deliveries: how often it was delivered. at: when it
    failed."""

    sequence: int
    durable: str
    reason: Reason
    subject: str
    id: str
    type: str
    about: str
    deliveries: int
    at: datetime


def bury(
    message: Outgoing, *, cell: str, durable: str, sequence: int, deliveries: int, reason: Reason, now: datetime
) -> Outgoing:
    """The dead letter of a delivered message. sequence: its number in EVENTS, so that burying it twice makes one
    letter."""
    notes = {
        "Nats-Msg-Id": f"{durable}:{sequence}",
        ORIGINAL_SUBJECT: message.headers.get(ORIGINAL_SUBJECT, message.subject),
        _SEQUENCE: str(sequence),
        _DURABLE: durable,
        _REASON: reason.code,
        _DETAIL: ascii(reason.detail)[1:-1],
        _DELIVERIES: str(deliveries),
        _AT: now.isoformat(),
    }
    return Outgoing(dead_subject(cell, durable), _without_notes(message.headers) | notes, message.body)


async def list_dead(
    jetstream: JetStream, *, durable: str = "", after: int = 0, limit: int = LETTERS_AT_MOST
) -> tuple[DeadLetter, ...]:
    """Up to `limit` letters with a sequence number above `after`, oldest first, of one consumer, or of all without
    `durable`. Raises BROKER_ERRORS."""
    session = await jetstream.session()
    found: list[DeadLetter] = []
    while len(found) < limit and (raw := await _next(session, durable, after + 1)) is not None:
        after = raw.seq or 0
        found.append(_letter(raw))
    return tuple(found)


async def replay_dead(jetstream: JetStream, *, durable: str = "", sequences: Collection[int] = ()) -> int:
    """Give letters back to their consumers; how many. Without `durable` of all consumers, without `sequences` all of
    them. ReplayFailed; BROKER_ERRORS.

    It is safe to repeat, also after a crash in the middle: a letter is removed from DEAD once it is stored for its
    consumer, and the consumer recognises an event that has had its effect.
    """
    session = await jetstream.session()
    count, after = 0, 0
    last = (await session.streams.stream_info(DEAD)).state.last_seq
    while (raw := await _next(session, durable, after + 1)) is not None and (after := raw.seq or 0) <= last:
        if sequences and after not in sequences:
            continue
        [refused] = await session.publish([_revive(session.cell, raw)])
        if refused:
            raise ReplayFailed(f"letter {after}: {refused}")
        with suppress(NotFoundError):
            await session.streams.delete_msg(DEAD, after)
        stop_if_cancelled()
        count += 1
    return count


class ReplayFailed(Exception):
    """The broker refused to store a letter for its consumer; the letter is still in DEAD."""


async def _next(session: Session, durable: str, sequence: int) -> RawStreamMsg | None:
    """The first letter with this sequence number or a higher one; None if there is none."""
    try:
        return await session.streams.get_msg(
            DEAD, seq=sequence, subject=dead_subject(session.cell, durable or "*"), next=True
        )
    except NotFoundError:
        return None
    finally:
        stop_if_cancelled()  # the library's requests may swallow a cancellation


def _letter(raw: RawStreamMsg) -> DeadLetter:
    headers = _headers(raw)
    return DeadLetter(
        sequence=raw.seq or 0,
        durable=headers[_DURABLE],
        reason=Reason(headers[_REASON], headers[_DETAIL]),
        subject=headers[ORIGINAL_SUBJECT],
        id=headers.get("ce-id", ""),
        type=headers.get("ce-type", ""),
        about=headers.get("ce-subject", ""),
        deliveries=int(headers[_DELIVERIES]),
        at=datetime.fromisoformat(headers[_AT]),
    )


def _revive(cell: str, raw: RawStreamMsg) -> Outgoing:
    headers = _headers(raw)
    notes = {"Nats-Msg-Id": f"replay:{headers[_DURABLE]}:{headers[_SEQUENCE]}:{headers[_AT]}"}
    notes[ORIGINAL_SUBJECT] = headers[ORIGINAL_SUBJECT]
    return Outgoing(replay_subject(cell, headers[_DURABLE]), _without_notes(headers) | notes, raw.data or b"")


def _headers(raw: RawStreamMsg) -> dict[str, str]:
    return dict(raw.headers or {})


def _without_notes(headers: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in headers.items() if not key.startswith((_PREFIX, "Nats-"))}
