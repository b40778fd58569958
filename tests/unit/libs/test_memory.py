"""What a process remembers does not grow with what callers say."""

import importlib
import inspect
import pkgutil
import string
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import libs
import services
from libs.country import time_zone_of
from libs.deadlines.calendars import business_calendar
from libs.deadlines.months import ByCalendar
from libs.deadlines.national import national_days
from libs.deadlines.slots import Basis
from libs.money import minor_digits
from libs.rpc.inflight import arrive
from libs.store.sqlite import files
from tests.unit.libs.rpc.test_deadlines import LIMITS, Context

# Keyed by text that no caller writes: what kinds, protos, and the mapping of one import declare.
DECLARED = {
    "libs.store.codec.attribute",
    "libs.messaging.events.message_type",
    "libs.messaging.events.transfer_of",
    "libs.messaging.events.categories_of",
    "libs.messaging.events.edge_types",
    "libs.messaging.events._reader",
    "libs.privacy.sealing.places._walk_of",
    "services.imports.mapping.pattern",
    "services.imports.values._number",
}
STORE_MIB = 12


def modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if ".pb" not in found.name and not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def caches() -> dict[str, "_lru_cache_wrapper[Any]"]:
    found = {}
    for module in (*modules(libs), *modules(services)):
        for name, value in vars(module).items():
            if isinstance(value, _lru_cache_wrapper) and value.__module__ == module.__name__:
                found[f"{module.__name__}.{name}"] = value
    return found


def keyed_by_text(cached: Any) -> bool:
    return any("str" in str(one.annotation) for one in inspect.signature(cached).parameters.values())


def test_what_is_remembered_by_a_text_is_bounded() -> None:
    found = caches()
    texts = {name: one for name, one in found.items() if keyed_by_text(one)}
    assert len(texts) > 5
    assert {name for name, one in texts.items() if one.cache_parameters()["maxsize"] is None} == DECLARED


def test_thousands_of_countries_currencies_years_and_languages_leave_a_bounded_number_of_entries() -> None:
    texts = ["".join(letters) for letters in product(string.ascii_uppercase, repeat=3)]
    for text in texts[:3_000]:
        minor_digits(text)
        time_zone_of(text, "UTC")
    for text in texts[:200]:
        ByCalendar(business_calendar(text[1:], "UTC"), Basis.OPEN_TIME)
        arrive("/m", Speaking(text), LIMITS)
    for year in range(1700, 2000):
        national_days("DE", "", "en", year)
    kept = {name: one.cache_info().currsize for name, one in caches().items()}
    assert kept["libs.money.minor_digits"] == kept["libs.country.time_zone_of"] == 1_024
    assert kept["libs.deadlines.calendars.business_calendar"] <= 64
    assert kept["libs.deadlines.national.national_days"] <= 256
    assert kept["libs.deadlines.months._month"] <= 512
    assert kept["libs.rpc.inflight._language"] <= 256


class Speaking(Context):
    """The context of a call in some language."""

    def __init__(self, language: str) -> None:
        super().__init__(None)
        self._language = language

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return (("accept-language", self._language),)


def test_the_pages_that_a_store_keeps_are_bounded_over_all_its_connections(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    connections = [files.writer(path), files.reader(path), files.reader(path)]
    kept_kib = [-one.execute("PRAGMA cache_size").fetchone()[0] for one in connections]
    for one in connections:
        one.close()
    assert min(kept_kib) > 0  # a positive number would be one of pages
    assert sum(kept_kib) <= STORE_MIB * 1024
