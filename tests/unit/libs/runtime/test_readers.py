"""A system that takes events is in a country that the cell serves."""

from pathlib import Path

import pytest

from libs.config import ConfigError, Settings
from libs.country import Cell, Directory
from libs.messaging.logins import reader_durable
from libs.runtime.broker import durables_to_make, readers_of

DE = Directory(Cell(code="de", countries=("DE", "AT"), time_zone="Europe/Berlin", currency="EUR"))


def settings_with(folder: Path, text: str) -> Settings:
    (folder / "readers.toml").write_text(text)
    return Settings(readers_file=folder / "readers.toml")


def test_a_reader_in_a_country_of_the_cell_or_without_one_gets_its_durable(tmp_path: Path) -> None:
    text = '[erp]\nsubjects = ["orders.>"]\ncountry = "AT"\n[bi]\nsubjects = ["deals.>"]\n'
    made = durables_to_make(settings_with(tmp_path, text), DE, [])
    assert made == {reader_durable("erp"): ("orders.>",), reader_durable("bi"): ("deals.>",)}


def test_a_reader_in_another_country_stops_the_start(tmp_path: Path) -> None:
    text = '[erp]\nsubjects = ["orders.>"]\ncountry = "US"\n[bi]\nsubjects = ["deals.>"]\ncountry = "DE"\n'
    with pytest.raises(ConfigError, match=r"PRM_READERS_FILE: .*readers.toml: erp would take events"):
        readers_of(settings_with(tmp_path, text), DE)
