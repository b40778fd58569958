"""What every run of the tests says about itself."""

import sqlite3

import pytest
from hypothesis import settings

from tests.contracts.store.mongo_server import choice

pytest.register_assert_rewrite("tests.contracts.store.cases")

# How long an example takes says more about the machine than about the code.
settings.register_profile("prm", deadline=None)
settings.load_profile("prm")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Which engines the store's contract is checked on; in the summary because a quiet run has no header."""
    mongo = choice() or "none found, its tests are skipped"
    terminalreporter.write_line(f"stores: SQLite {sqlite3.sqlite_version}; MongoDB: {mongo}")
