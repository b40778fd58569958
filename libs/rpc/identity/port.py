"""The port by which the method wrapper authenticates callers, and its refusals."""

from collections.abc import Iterable
from typing import Protocol

from libs.call import ANONYMOUS, Caller
from libs.errors import AppError, Code

AWAY_RETRY_SECONDS = 2.0


class Authenticator(Protocol):
    """Turns the `authorization` header of a call (empty if there was none) into a caller."""

    def remembered(self, authorization: str) -> Caller | None:
        """The caller, if this header was verified before and still holds; asked on every call, so it never waits."""
        ...

    async def verify(self, authorization: str) -> Caller:
        """The caller; an AppError with Code.UNAUTHENTICATED if the header is invalid, with Code.UNAVAILABLE if it
        cannot be verified now."""
        ...


class Roles(Protocol):
    """What roles are worth in this cell; libs.rpc.policy reads it from the policy file."""

    def counting(self, roles: Iterable[str], *, partner: bool) -> frozenset[str]:
        """Those of the roles that mean anything here: issuers give people roles of other systems as well."""
        ...

    def permissions_of(self, roles: Iterable[str], *, partner: bool) -> frozenset[str]:
        """What these roles permit to one of a partner's people, or to one of ours; a role of the other kind, or one
        that nobody knows, permits nothing."""
        ...


class TokenMissing(AppError):
    """A call without a token."""

    code, reason = Code.UNAUTHENTICATED, "TOKEN_MISSING"

    def __init__(self) -> None:
        super().__init__(
            "this call carries no token: send the header `authorization: Bearer <token>`; "
            "the commands of prm take theirs from PRM_TOKEN"
        )


class TokenInvalid(AppError):
    """A token that this cell does not believe; the message says why and never repeats any of it."""

    code, reason = Code.UNAUTHENTICATED, "TOKEN_INVALID"


class TokenExpired(AppError):
    """A token that held once."""

    code, reason = Code.UNAUTHENTICATED, "TOKEN_EXPIRED"

    def __init__(self) -> None:
        super().__init__("the token has expired: get a new one from its issuer")


class TokenRevoked(AppError):
    """A token, or somebody, on the deny list. caller: the holder, for the trail; the token proves who it is."""

    code, reason = Code.UNAUTHENTICATED, "TOKEN_REVOKED"

    def __init__(self, caller: Caller = ANONYMOUS) -> None:
        self.caller = caller
        super().__init__(
            "the operator of this cell has denied this token, or whom it speaks for: sign in again, or ask"
        )


class IssuerUnavailable(AppError):
    """The issuer's keys cannot be had now; repeat the call."""

    code, reason = Code.UNAVAILABLE, "ISSUER_UNAVAILABLE"
    retry_after_seconds = AWAY_RETRY_SECONDS
