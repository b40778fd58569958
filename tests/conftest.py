"""Settings and reports of every test run."""

import sqlite3

import pytest
from hypothesis import settings

from tests.contracts.store.mongo_server import choice

pytest.register_assert_rewrite("tests.contracts.store.cases")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="leave out what needs a MongoDB")
    parser.addoption(
        "--effort", type=int, default=100, metavar="PERCENT", help="try this share of the examples of each large test"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Set the profile of property tests before a test module is imported and uses it. It has no deadline, because the
    time of an example depends on the machine more than on the code."""
    settings.register_profile("prm", deadline=None, max_examples=config.getoption("--effort"))
    settings.load_profile("prm")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give the tests of a file to one process, where they share fixtures and what is cached, unless they have a
    group. With --quick, keep only the tests that need no other store than SQLite."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
    if config.getoption("--quick"):
        needs_mongo = {one for one in items if "mongo_server" in getattr(one, "fixturenames", ())}
        config.hook.pytest_deselected(items=list(needs_mongo))
        items[:] = [one for one in items if one not in needs_mongo]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the engines on which the store's contract was checked; in the summary, because a quiet run has no header."""
    mongo = choice() or "none found, its tests are skipped"
    if terminalreporter.config.getoption("--quick"):
        terminalreporter.write_line("left out: tests that need a MongoDB or are marked thorough; `make test` runs them")
    effort = terminalreporter.config.getoption("--effort")
    if effort < 100:
        terminalreporter.write_line(f"large tests tried {effort} % of their examples; `make test-all` tries all")
    terminalreporter.write_line(f"stores: SQLite {sqlite3.sqlite_version}; MongoDB: {mongo}")
