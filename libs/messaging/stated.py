"""The last event of one sort that a service published: what it has stated about itself is known here, whatever was
restored of its stores."""

from nats.js.errors import NotFoundError

from libs.messaging.envelope import Envelope
from libs.messaging.jetstream import Session
from libs.messaging.streams import EVENTS, event_subject


async def last_stated(session: Session, subject: str) -> Envelope | None:
    """The last event with this subject, without `prm.<cell>.`; None if the broker has none. A user may ask for it only
    if `login_of` lets it. Raises BROKER_ERRORS; ValueError if it is no event."""
    whole = event_subject(session.cell, subject)
    try:
        found = await session.streams.get_last_msg(EVENTS, whole, direct=True)
    except NotFoundError:
        return None
    return Envelope.read(whole, found.headers, found.data or b"")
