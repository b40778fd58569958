"""A trace: the question where a piece was sold."""

from datetime import datetime

from libs.document import Document


class Trace(Document, frozen=True, kw_only=True):
    """Somebody asked for the piece with this serial number of this article."""

    sku: str
    serial: str
    create_time: datetime

    @property
    def serial_id(self) -> str:
        """The id that the piece has if this cell shipped it."""
        return f"{self.sku}:{self.serial}"
