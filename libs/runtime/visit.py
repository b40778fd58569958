"""How a command of ours reaches a cell that runs: where it is, what it shows, and whether anybody answers."""

from libs.config import Settings
from libs.config import read as read_settings
from libs.rpc.client import Client, connect
from libs.rpc.identity.credentials import own_token
from libs.runtime.platform import directory_of

REACHABLE_WITHIN_SECONDS = 5.0


class NobodyAnswers(Exception):
    """A service is not there, or not ready; the text says which and where."""


class Visit:
    """A way into the cell at `to` (host:port; empty: the one that the environment names), as `subject` in `role` unless
    PRM_TOKEN says otherwise. ConfigError."""

    def __init__(self, to: str, *, role: str, subject: str) -> None:
        self._settings = read_settings(Settings)
        self._to = to
        self._token = own_token(self._settings, directory_of(self._settings), role, subject=subject)

    def client(self) -> Client:
        """A client; nothing is said to anybody yet."""
        return connect(self._settings, to=self._to, token=self._token)

    async def reach(self, client: Client, service: str, *, within_seconds: float = REACHABLE_WITHIN_SECONDS) -> None:
        """Wait for a service, by its full name; NobodyAnswers when the time is over."""
        try:
            await client.ready(service, within_seconds=within_seconds)
        except TimeoutError as err:
            raise NobodyAnswers(f"{service} does not answer at {self._to or self._settings.listen}") from err
