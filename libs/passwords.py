"""Reads passwords from files, which may be replaced at any time. Environment variables hold none, because child
processes, users who may list processes and crash reports see them."""

from pathlib import Path

import structlog

from libs.config import ConfigError
from libs.logs import Secret

BYTES = 4096

log = structlog.get_logger()


class PasswordFile:
    """A file that contains a password and nothing else; a newline at its end is ignored. variable: the environment
    variable that names the file, for error messages."""

    def __init__(self, variable: str, path: Path) -> None:
        """ConfigError if the file cannot be read or contains no password."""
        self._variable = variable
        self._path = path
        self._last = self._read()

    def current(self) -> Secret[str]:
        """The password in the file; the last one that was read if the file cannot be read now."""
        try:
            self._last = self._read()
        except ConfigError as err:
            log.warning("password_kept", cause=err)
        return self._last

    def __repr__(self) -> str:
        return f"PasswordFile({self._variable})"

    def _read(self) -> Secret[str]:
        try:
            with self._path.open("rb") as file:
                raw = file.read(BYTES + 1)
        except OSError as err:
            raise ConfigError(f"{self._variable}: {self._path} cannot be read, {err.strerror}") from err
        try:
            text = raw.decode().removesuffix("\n").removesuffix("\r")
        except ValueError:
            text = ""
        if not text or "\n" in text or len(raw) > BYTES:
            raise ConfigError(
                f"{self._variable}: {self._path} must hold the password and nothing else: one line of UTF-8, "
                f"{BYTES} bytes at most"
            )
        return Secret(text)


def open_password(variable: str, path: Path | None) -> PasswordFile | None:
    """The password file at `path`, or None for no path. ConfigError as PasswordFile."""
    return None if path is None else PasswordFile(variable, path)


def refuse_secret(variable: str, url: str, *, file_variable: str) -> None:
    """ConfigError, without the password, if a URL, or one of several separated by commas, contains a password. A user
    name is allowed."""
    for one in url.split("://")[1:]:
        if ":" in one.partition("?")[0].rpartition("@")[0]:
            raise ConfigError(
                f"{variable}: holds a password, which whoever sees the environment of this process would know; write "
                f"USER@HOST, and name a file with the password in {file_variable}"
            )
