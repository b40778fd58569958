"""The part of a service in a handover, and the documents that it has moved."""

from datetime import datetime
from enum import Enum

from libs.document import Document
from libs.store.port import Index, Kind


class TaskState(Enum):
    """How far the service is."""

    LISTED = "LISTED"
    MOVING = "MOVING"
    MOVED = "MOVED"
    CANCELED = "CANCELED"


class HandoverTask(Document, frozen=True, kw_only=True):
    """The part of this service; the id is that of the handover. leaving_partner_id, target_partner_id: empty if a
    person leaves. object_name, sealed: the encrypted object with the persons; without content once the service looks no
    more. stated_rows: how many moved rows it has stated. look_at: when it looks for open documents next; None: never.
    look_until: when it stops to look for documents that appear later."""

    leaving_partner_id: str = ""
    target_partner_id: str = ""
    object_name: str = ""
    sealed: bytes = b""
    state: TaskState = TaskState.LISTED
    stated_rows: int = 0
    look_at: datetime | None = None
    look_until: datetime | None = None


class HandedRow(Document, frozen=True, kw_only=True):
    """A document that was moved; written in the commit that moves it, so that it is moved and stated once. stated:
    whether an event has said it."""

    handover_id: str
    kind: str
    row: str
    stated: bool = False


TASKS = Kind("handover_task", HandoverTask, (Index(("look_at",)),))
HANDED_ROWS = Kind("handed_row", HandedRow, (Index(("handover_id", "stated")),))
