"""A process reads its own cell from one file and the others from the files beside it."""

from pathlib import Path

import pytest

from libs.country import Cell, Directory, read_cell

FACTS = '[cell]\ncode = "{code}"\ncountries = ["{country}"]\ntime_zone = "{zone}"\ncurrency = "EUR"\n'
DE = Cell(code="de", countries=("DE",), time_zone="Europe/Berlin", currency="EUR")
FR = Cell(code="fr", countries=("FR",), time_zone="Europe/Paris", currency="EUR")


def write(folder: Path, name: str, cell: Cell) -> Path:
    path = folder / name
    path.write_text(FACTS.format(code=cell.code, country=cell.countries[0], zone=cell.time_zone))
    return path


def test_other_cells_are_the_files_beside_the_own(tmp_path: Path) -> None:
    own = write(tmp_path, "cell.toml", DE)
    write(tmp_path, "fr.toml", FR)
    write(tmp_path, "de.toml", DE)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    assert read_cell(own) == Directory(DE, (FR,))


def test_a_file_that_states_no_cell_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "cell.toml"
    path.write_text("[cells]\n")
    with pytest.raises(ValueError, match=r"cell\.toml: there is no table `cell`"):
        read_cell(path)


@pytest.mark.parametrize("text", ["[cell", '[cell]\ncode = "de"\n', '[cell]\ncode = 7\ncountries = ["DE"]\n'])
def test_a_wrong_file_is_refused_by_name_whether_the_own_or_another(tmp_path: Path, text: str) -> None:
    own, other = write(tmp_path, "cell.toml", DE), tmp_path / "fr.toml"
    other.write_text(text)
    for path in (own, other):
        with pytest.raises(ValueError, match=r"fr\.toml: "):
            read_cell(path)
