"""What of the relationship a caller may see."""

from libs.call import Call
from libs.store.port import Scalar


def seen_by(call: Call) -> dict[str, Scalar]:
    """The filter of a listing: a partner's people see what is shared with them."""
    return {"shared": True} if call.caller.partner_id else {}
