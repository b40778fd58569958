"""Connects a command to a running cell: its address, certificate and token, and a check that its services answer."""

from libs.config import Settings
from libs.config import read as read_settings
from libs.rpc.client import Client, connect
from libs.rpc.identity.credentials import own_token
from libs.runtime.platform import directory_of

REACHABLE_WITHIN_SECONDS = 5.0


class NobodyAnswers(Exception):
    """A service does not run or is not ready; the text names it and the address."""


class Visit:
    """Access to the cell at `to` (host:port; empty: the address in the environment), with PRM_TOKEN, or else as
    `subject` in `role`. ConfigError."""

    def __init__(self, to: str, *, role: str, subject: str) -> None:
        self._settings = read_settings(Settings)
        self._to = to
        self._token = own_token(self._settings, directory_of(self._settings), role, subject=subject)

    def client(self) -> Client:
        """A client; it connects when it is used."""
        return connect(self._settings, to=self._to, token=self._token)

    async def reach(self, client: Client, service: str, *, within_seconds: float = REACHABLE_WITHIN_SECONDS) -> None:
        """Wait until a service, by its full name, is ready; NobodyAnswers when the time is over."""
        try:
            await client.ready(service, within_seconds=within_seconds)
        except TimeoutError as err:
            raise NobodyAnswers(f"{service} does not answer at {self._to or self._settings.listen}") from err
