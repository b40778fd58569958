"""The port by which the method wrapper authenticates callers, and its refusals."""

from collections.abc import Iterable
from typing import Protocol

from libs.call import ANONYMOUS, Caller
from libs.errors import AppError, Code

AWAY_RETRY_SECONDS = 2.0


class Authenticator(Protocol):
    """Turns the `authorization` header of a call (empty if there was none) into a caller."""

    def remembered(self, authorization: str) -> Caller | None:
        """The caller, if this header was verified before and is still valid; else None. Called for every call, so it
        never waits."""
        ...

    async def verify(self, authorization: str) -> Caller:
        """The caller; an AppError with Code.UNAUTHENTICATED if the header is invalid, or Code.UNAVAILABLE if it cannot
        be verified now."""
        ...


class Roles(Protocol):
    """The roles of this cell and their permissions; libs.rpc.policy reads them from the policy file."""

    def counting(self, roles: Iterable[str], *, partner: bool) -> frozenset[str]:
        """Those of the roles that exist in this cell; tokens may also have roles of other systems."""
        ...

    def permissions_of(self, roles: Iterable[str], *, partner: bool) -> frozenset[str]:
        """The permissions of these roles together, for one of a partner's people or of the vendor's. A role of the
        other kind and an unknown role permit nothing."""
        ...

    def purpose_of(self, roles: Iterable[str], *, partner: bool) -> str:
        """For what these roles read personal data in clear if a call does not say; several separated by commas."""
        ...

    def purposes_of(self, roles: Iterable[str], *, partner: bool) -> frozenset[str]:
        """All that calls of these roles may say."""
        ...


class TokenMissing(AppError):
    """The call has no token."""

    code, reason = Code.UNAUTHENTICATED, "TOKEN_MISSING"

    def __init__(self) -> None:
        super().__init__(
            "this call carries no token: send the header `authorization: Bearer <token>`; "
            "the commands of prm take theirs from PRM_TOKEN"
        )


class TokenInvalid(AppError):
    """The token is not valid in this cell; the message has the reason and never any part of the token."""

    code, reason = Code.UNAUTHENTICATED, "TOKEN_INVALID"


class TokenExpired(AppError):
    """The token was valid and has expired."""

    code, reason = Code.UNAUTHENTICATED, "TOKEN_EXPIRED"

    def __init__(self) -> None:
        super().__init__("the token has expired: get a new one from its issuer")


class TokenRevoked(AppError):
    """The token or its holder is on the deny list. caller: the holder, for the trail; the token proves the identity."""

    code, reason = Code.UNAUTHENTICATED, "TOKEN_REVOKED"

    def __init__(self, caller: Caller = ANONYMOUS) -> None:
        self.caller = caller
        super().__init__(
            "the operator of this cell has denied this token, or whom it speaks for: sign in again, or ask"
        )


class IssuerUnavailable(AppError):
    """The keys of the issuer cannot be fetched now; repeat the call."""

    code, reason = Code.UNAVAILABLE, "ISSUER_UNAVAILABLE"
    retry_after_seconds = AWAY_RETRY_SECONDS
