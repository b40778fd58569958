"""Classifies a server's error without using its text, which may contain values of a document."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pymongo.errors import ConfigurationError, ConnectionFailure, OperationFailure, PyMongoError

from libs.errors import StoreRefused, StoreUnavailable

DUPLICATE_KEY = 11_000
NAMESPACE_EXISTS = 48

# UserNotFound, Unauthorized, AuthenticationFailed, MechanismUnavailable
_NOT_LET_IN = {11, 13, 18, 334}
# The error of OpenSSL, which the driver passes on only as text: `[SSL: REASON] text: detail (_ssl.c:1006)`.
_TLS = re.compile(r"\[SSL: (?!UNEXPECTED_EOF)[A-Z0-9_]+\] (.{1,200}?)\.? \(_ssl\.c")
_CODE_NAME = re.compile(r"[A-Za-z]\w{0,60}", re.ASCII)
# `index: uq_email dup key: {...}`, `Index 'uq_email'`, `index 'idx_things_uq_email'`; the part with values is cut off.
_NAMED_INDEX = re.compile(r"\bindex:? '?\w*?(uq_\w+)", re.IGNORECASE)
_VALUES = re.compile(r"dup key|key value", re.IGNORECASE)


def refused_as(err: PyMongoError, complaints: Sequence[BaseException] = ()) -> StoreUnavailable:
    """The error for callers, with the server's code and its name, or with the reason why TLS failed. StoreRefused if
    another attempt cannot help. complaints: the errors of the last attempts to connect."""
    if isinstance(err, ConfigurationError):
        return StoreRefused(f"MongoDB cannot be spoken to as PRM_STORE_URL says ({type(err).__name__})")
    for one in (err, *complaints) if isinstance(err, ConnectionFailure) else (err,):
        if isinstance(one, ConnectionFailure) and (found := _TLS.search(str(one))):
            return StoreRefused(f"MongoDB: no encrypted connection: {found[1]}")
        if isinstance(one, OperationFailure) and one.code in _NOT_LET_IN:
            return StoreRefused(
                f"MongoDB refused this process: {_said(one)}; look at the user in PRM_STORE_URL, at the password in "
                "PRM_STORE_PASSWORD_FILE and at what that user may do"
            )
    return StoreUnavailable(f"MongoDB: {_said(err)}")


def violated_index(error: Mapping[str, Any]) -> str:
    """The key in `uq` of the unique index that a write error or a failed command names, `_id` for that of the id; empty
    if it names none. Servers name it in `keyPattern`, in the message, or not at all."""
    if pattern := error.get("keyPattern"):
        return str(next(iter(pattern))).removeprefix("uq.")
    text = _VALUES.split(str(error.get("errmsg", "")), maxsplit=1)[0]
    if found := _NAMED_INDEX.search(text):
        return found[1].removeprefix("uq_")
    return "_id" if re.search(r"\bindex:? '?_id_", text, re.IGNORECASE) else ""


def is_duplicate(err: OperationFailure) -> bool:
    """Whether a unique index cannot be built because documents violate it."""
    return err.code == DUPLICATE_KEY or bool(_NAMED_INDEX.search(str(err)))


def _said(err: PyMongoError) -> str:
    if not isinstance(err, OperationFailure) or err.code is None:
        return type(err).__name__
    name = str((err.details or {}).get("codeName", ""))
    return f"{type(err).__name__} {err.code} {name if _CODE_NAME.fullmatch(name) else ''}".rstrip()
