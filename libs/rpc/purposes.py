"""What personal data is read in clear for: a closed list, and which of it a call names."""

import tomllib
from pathlib import Path

from libs.call import Caller
from libs.errors import InvalidInput, Violation

HEADER = "prm-purpose"
_FILE = Path(__file__).parents[2] / "services" / "purposes.toml"

PURPOSES: dict[str, str] = tomllib.loads(_FILE.read_text())["purposes"]
"""Every purpose, with what it means."""


def purpose_of(caller: Caller, named: str) -> str:
    """For what a call reads personal data in clear: what it names, if the caller's roles may, or what stands for them;
    empty: for nothing, so the answer is masked. InvalidInput for a name that is not in the list."""
    if not named:
        return caller.purpose
    if named not in PURPOSES:
        what = f"is none of the purposes: {', '.join(sorted(PURPOSES))}"
        raise InvalidInput([Violation(HEADER, what, "UNKNOWN_PURPOSE")])
    return named if named in caller.purposes else ""
