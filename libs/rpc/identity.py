"""Who is calling. For now everybody who reaches the port is a local administrator; tokens take this place next."""

from typing import Protocol

from libs.call import Caller

ADMINISTRATOR = Caller(subject="local", roles=("administrator",))


class Authenticator(Protocol):
    """Turns credentials into a caller."""

    def identify(self, authorization: str) -> Caller:
        """The caller behind an `authorization` header (empty if there was none); an AppError with
        Code.UNAUTHENTICATED if it does not hold. Called once per call: remembers what it verified, and never waits
        (keys are fetched beside the calls)."""
        ...


class LocalAdministrator:
    """Trusts whoever can reach the port, which is why the server only listens on loopback."""

    def identify(self, authorization: str) -> Caller:
        return ADMINISTRATOR
