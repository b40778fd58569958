"""The suite itself is tested: it fails on every broken store, and each of its cases fails on one at least."""

from pathlib import Path

import pytest

from libs.errors import AppError
from libs.store.port import StoreError
from tests.contracts.store.broken import BROKEN, BrokenSite
from tests.contracts.store.broken.kinds import Broken
from tests.contracts.store.suite import CASES, check

BY_NAME = {case.__name__: case for case in CASES}
FAILURES = (AssertionError, StoreError, AppError, pytest.fail.Exception)
PAIRS = [(broken, name) for broken in BROKEN for name in broken.caught_by]


@pytest.mark.parametrize(("broken", "name"), PAIRS, ids=lambda one: one if isinstance(one, str) else one.__name__)
async def test_a_broken_store_is_caught(broken: type[Broken], name: str, tmp_path: Path) -> None:
    with pytest.raises(FAILURES):
        await check(BY_NAME[name], BrokenSite(broken, tmp_path / "store.db"))


@pytest.mark.parametrize("broken", BROKEN, ids=lambda one: one.__name__)
async def test_a_broken_store_is_a_store_apart_from_its_fault(broken: type[Broken], tmp_path: Path) -> None:
    either, other = "what_was_never_written_is_not_there", "versions_count_up_from_one"
    name = other if either in broken.caught_by else either
    await check(BY_NAME[name], BrokenSite(broken, tmp_path / "store.db"))


def test_every_case_catches_a_broken_store() -> None:
    assert set(BY_NAME) - {name for _, name in PAIRS} == set()
    assert {name for _, name in PAIRS} - set(BY_NAME) == set()


def test_no_case_has_the_name_of_another() -> None:
    assert len(BY_NAME) == len(CASES)
