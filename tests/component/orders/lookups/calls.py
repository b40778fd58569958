"""What the suites over all protos have to know of look-ups."""

from typing import Any

from tests.capabilities import Calls, Fields


def _id(prefix: str) -> Fields:
    return lambda loaded: {"id": loaded.rows[prefix]}


def _partner(loaded: Any) -> dict[str, Any]:
    return {"partner_id": loaded.id}


_ROWS = {"Invoice": "inv", "Payment": "pay", "CreditNote": "crn", "Shipment": "shp", "Return": "ret"}
_GETS = {f"Get{noun}": prefix for noun, prefix in _ROWS.items()}
_LISTS = {f"List{noun}s": prefix for noun, prefix in _ROWS.items()} | {"ListCreditAccounts": "ptn"}

CALLS = Calls(
    reads={name: _id(prefix) for name, prefix in _GETS.items()} | dict.fromkeys(_LISTS, _partner),
    shown={name: (prefix,) for name, prefix in {**_GETS, **_LISTS}.items()},
    listed=_LISTS,
)
