"""Makes the folder of a new cell from deploy/template, and names it where others must know of it."""

import re
from pathlib import Path

from babel.languages import get_official_languages
from babel.numbers import get_territory_currencies

from libs.country import known_countries, time_zone_of
from libs.facts import CODE, LAWFUL_TRADE, REGIMES
from services.cells.checking import FILL_IN

DIRECTORY = "base/directory/kustomization.yaml"
_LINE = "- ../../cells/{code}/facts"
# As a checkout has them: the containers of compose.yaml read them as another user.
_FOLDER_MODE, _FILE_MODE = 0o755, 0o644


def create(deploy: Path, code: str, country: str) -> None:
    """Make deploy/cells/<code> for a cell that begins with this country, and add the cell to the directory. ValueError
    for a code or country that cannot be, or if the folder exists; OSError. Nothing is written if it refuses."""
    folder, directory = deploy / "cells" / code, deploy / DIRECTORY
    if not CODE.fullmatch(code):
        raise ValueError(f"{code!r} is no code of a cell: 2 to 12 lower-case letters and digits, a letter first")
    if country not in known_countries():
        raise ValueError(f"{country!r} is no ISO 3166-1 country; name one with --country")
    if folder.exists():
        raise ValueError(f"{folder} exists")
    written = _written(deploy / "template", code, country)
    listed = _listed(directory.read_text(), code)
    for name, text in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(_FOLDER_MODE)
        path.write_text(text)
        path.chmod(_FILE_MODE)
    directory.write_text(listed)


def _written(template: Path, code: str, country: str) -> dict[str, str]:
    """The content of each file of the folder, by its name there. What CLDR knows of the country is filled in."""
    currencies, languages = get_territory_currencies(country), get_official_languages(country)
    values = {
        "CODE": code,
        "COUNTRY": country,
        "ZONE": time_zone_of(country, FILL_IN),
        "CURRENCY": currencies[0] if len(currencies) == 1 else FILL_IN,
        "LOCALE": languages[0].replace("_", "-") if languages else FILL_IN,
        "REGIMES": ", ".join(sorted(REGIMES)),
        "GROUPS": ", ".join(sorted(LAWFUL_TRADE)),
    }
    word = re.compile(rf"\b({'|'.join(values)})\b")
    files = [path for path in sorted(template.rglob("*")) if path.is_file()]
    return {
        str(path.relative_to(template)).replace("CODE", code): word.sub(
            lambda found: values[found[0]], path.read_text()
        )
        for path in files
    }


def _listed(text: str, code: str) -> str:
    """The directory with one line more, in the order of the codes."""
    lines = text.splitlines()
    others = [line for line in lines if line.startswith("- ")]
    rest = [line for line in lines if not line.startswith("- ")]
    return "\n".join([*rest, *sorted({*others, _LINE.format(code=code)})]) + "\n"
