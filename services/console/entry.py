"""The command `prm console`, and the console beside a cell; their modules are imported when they run."""

from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from libs.config import Settings
    from libs.runtime.broker import Stop

Work = Callable[["Settings", "Stop"], Coroutine[Any, Any, None]]


def console_command(execute: Callable[[Work], None]) -> Callable[[], None]:
    """execute: runs a coroutine function of settings and stopping."""

    def console() -> None:
        """Serve the web console of a cell, which PRM_CONSOLE_CELL or PRM_LISTEN names, until SIGTERM or Ctrl-C."""

        def work(settings: "Settings", stopping: "Stop") -> Coroutine[Any, Any, None]:
            from services.console import command

            return command.console(settings, stopping)

        execute(work)

    return console


def beside(settings: "Settings", address: str) -> AbstractAsyncContextManager[str]:
    """See `command.beside`."""
    from services.console import command

    return command.beside(settings, address)
