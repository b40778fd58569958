"""How much of the chain the bookkeeping of lanes has read."""

from libs.document import Document

PROGRESS_ID = "lanes"


class LaneProgress(Document, frozen=True, kw_only=True):
    """There is one. next_index: the place in the chain of the first entry that was not read yet."""

    next_index: int = 0
