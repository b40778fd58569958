"""The check of the identity of the person of a request; pure and synchronous.

Of a one-time code only a keyed hash is stored. A code is valid for a time and for a few attempts, and a request gets a
few codes: 25 guesses at 8 digits. What was seen of a document is recorded in words of a list, never a copy or a number.
"""

from datetime import date, datetime, timedelta
from enum import Enum

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code
from libs.person import Person
from services.compliance.requests.domain.states import IdentityProof
from services.compliance.verification.events import (
    IdentityCodeIssued,
    IdentityCodeRefused,
    IdentityRejected,
    IdentityVerified,
)

CODE_DIGITS = 8
ATTEMPTS_PER_CODE = 5
CODES_PER_REQUEST = 5


class CheckState(Enum):
    """The state of a check."""

    PENDING = "PENDING"
    PASSED = "PASSED"
    FAILED = "FAILED"


class CheckResult(Enum):
    """What an officer found."""

    CONFIRMED = "CONFIRMED"
    NOT_CONFIRMED = "NOT_CONFIRMED"


class IdentityEvidence(Enum):
    """What an officer saw or did."""

    PASSPORT = "PASSPORT"
    IDENTITY_CARD = "IDENTITY_CARD"
    RESIDENCE_PERMIT = "RESIDENCE_PERMIT"
    DRIVING_LICENCE = "DRIVING_LICENCE"
    ACCOUNT = "ACCOUNT"
    CALL_BACK = "CALL_BACK"
    KNOWN = "KNOWN"


_PROOFS = {
    IdentityEvidence.PASSPORT: IdentityProof.DOCUMENT,
    IdentityEvidence.IDENTITY_CARD: IdentityProof.DOCUMENT,
    IdentityEvidence.RESIDENCE_PERMIT: IdentityProof.DOCUMENT,
    IdentityEvidence.DRIVING_LICENCE: IdentityProof.DOCUMENT,
    IdentityEvidence.ACCOUNT: IdentityProof.ACCOUNT,
    IdentityEvidence.CALL_BACK: IdentityProof.CALL_BACK,
    IdentityEvidence.KNOWN: IdentityProof.KNOWN,
}


class MandateType(Enum):
    """What an agent showed."""

    WRITTEN_AUTHORISATION = "WRITTEN_AUTHORISATION"
    POWER_OF_ATTORNEY = "POWER_OF_ATTORNEY"
    GUARDIANSHIP = "GUARDIANSHIP"


class Mandate(msgspec.Struct, frozen=True, kw_only=True):
    """The mandate of an agent who asks for the person. expire_date: the last day; None if it does not end."""

    agent: Person
    type: MandateType
    expire_date: date | None = None


class IdentityCheck(Document, frozen=True, kw_only=True):
    """The check of one request. alias_number: of the alias to which the present code was sent, its place in `named` of
    the request. proof: what it led to; None until it has PASSED."""

    case_id: str
    state: CheckState = CheckState.PENDING
    proof: IdentityProof | None = None
    alias_number: int = 0
    code_hash: str = ""
    codes_issued: int = 0
    attempts_left: int = 0
    expire_time: datetime | None = None
    seen: tuple[IdentityEvidence, ...] = ()
    mandate: Mandate | None = None
    check_time: datetime | None = None
    create_time: datetime
    update_time: datetime


Transition = tuple[IdentityCheck, msgspec.Struct]


class NoValidCode(AppError):
    """No code was issued, or it has expired, or too many wrong ones were tried; issue another."""

    code, reason = Code.FAILED_PRECONDITION, "NO_VALID_CODE"

    def __init__(self, case_id: str) -> None:
        super().__init__(f"{case_id}: there is no valid code; issue one", id=case_id)


class TooManyCodes(AppError):
    """The request has had all its codes; an officer has to check the identity."""

    code, reason = Code.RESOURCE_EXHAUSTED, "TOO_MANY_CODES"

    def __init__(self, case_id: str) -> None:
        super().__init__(
            f"{case_id}: {CODES_PER_REQUEST} codes were issued; check the identity otherwise",
            id=case_id,
            limit=CODES_PER_REQUEST,
        )


def check_id(case_id: str) -> str:
    """The id of the check of a request."""
    return f"idc_{case_id.partition('_')[2]}"


def new_check(case_id: str, now: datetime) -> IdentityCheck:
    """The check of a request of which nothing was checked yet."""
    return IdentityCheck(id=check_id(case_id), case_id=case_id, create_time=now, update_time=now)


def issue(check: IdentityCheck, alias_number: int, code_hash: str, *, valid: timedelta, now: datetime) -> Transition:
    """The check with a new code; an earlier one is void. TooManyCodes."""
    if check.codes_issued >= CODES_PER_REQUEST:
        raise TooManyCodes(check.case_id)
    issued = replace(
        check,
        state=CheckState.PENDING,
        alias_number=alias_number,
        code_hash=code_hash,
        codes_issued=check.codes_issued + 1,
        attempts_left=ATTEMPTS_PER_CODE,
        expire_time=now + valid,
        update_time=now,
    )
    return issued, IdentityCodeIssued(case_id=check.case_id, expire_time=now + valid)


def require_valid_code(check: IdentityCheck, now: datetime) -> None:
    """NoValidCode if a code could not be right now, whatever it is."""
    if not check.code_hash or not check.attempts_left or check.expire_time is None or check.expire_time <= now:
        raise NoValidCode(check.case_id)


def try_code(check: IdentityCheck, *, right: bool, now: datetime) -> Transition:
    """The check after a code was tried: PASSED, or with one attempt less."""
    require_valid_code(check, now)
    if not right:
        left = check.attempts_left - 1
        refused = replace(check, attempts_left=left, update_time=now)
        return refused, IdentityCodeRefused(case_id=check.case_id, attempts_left=left)
    return _passed(check, IdentityProof.CODE, now)


def record(
    check: IdentityCheck,
    result: CheckResult,
    seen: tuple[IdentityEvidence, ...],
    mandate: Mandate | None,
    now: datetime,
) -> Transition:
    """The check as an officer made it. seen: at least one. A code that was issued is void."""
    made = replace(check, seen=seen, mandate=mandate)
    if result is CheckResult.CONFIRMED:
        return _passed(made, IdentityProof.MANDATE if mandate is not None else _PROOFS[seen[0]], now)
    failed = replace(_void(made), state=CheckState.FAILED, check_time=now, update_time=now)
    return failed, IdentityRejected(case_id=check.case_id)


def _passed(check: IdentityCheck, proof: IdentityProof, now: datetime) -> Transition:
    passed = replace(_void(check), state=CheckState.PASSED, proof=proof, check_time=now, update_time=now)
    return passed, IdentityVerified(case_id=check.case_id, proof=proof)


def _void(check: IdentityCheck) -> IdentityCheck:
    return replace(check, code_hash="", attempts_left=0, expire_time=None)
