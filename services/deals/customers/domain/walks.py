"""How far the claims of an earlier release have been filed."""

from libs.document import Document


class CustomerWalk(Document, frozen=True, kw_only=True):
    """The progress. cursor: after the last page that was read. ended: whether all were."""

    cursor: str = ""
    ended: bool = False
