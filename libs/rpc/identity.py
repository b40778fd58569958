"""Who is calling. For now everybody who reaches the port is a local administrator; tokens take this place next."""

from typing import Protocol

from libs.call import Caller

ADMINISTRATOR = Caller(subject="local", roles=("administrator",))


class Authenticator(Protocol):
    """Turns the `authorization` header of a call (empty if there was none) into a caller."""

    def remembered(self, authorization: str) -> Caller | None:
        """The caller, if this header was verified before and still holds; asked on every call, so it never waits."""
        ...

    async def verify(self, authorization: str) -> Caller:
        """The caller; an AppError with Code.UNAUTHENTICATED if the header does not hold, with Code.UNAVAILABLE if that
        cannot be told now."""
        ...


class LocalAdministrator:
    """Trusts whoever can reach the port, which is why the server only listens on loopback."""

    def remembered(self, authorization: str) -> Caller | None:
        return ADMINISTRATOR

    async def verify(self, authorization: str) -> Caller:
        return ADMINISTRATOR
