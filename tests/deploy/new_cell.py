"""What a person fills in after `prm cell new ke`."""

from pathlib import Path

from services.cells.checking import FILL_IN

CODE, COUNTRY = "ke", "KE"
FILLED = {
    "facts/ke.toml": ('["FILL_IN"]', '["GDPR"]'),
    "flux.yaml": (FILL_IN, "https://git.prm.example/prm.git"),
    "issuers.toml": (FILL_IN, "login.ke.prm.example/realms/prm"),
    "kustomization.yaml": (FILL_IN, "198.51.100.9/32"),
    "release/kustomization.yaml": (FILL_IN, "registry.ke.prm.example"),
}


def fill_in(deploy: Path) -> None:
    """Fill in everything that the command names in the folder of the new cell."""
    for name, (old, new) in FILLED.items():
        path = deploy / "cells" / CODE / name
        path.write_text(
            path.read_text().replace(old, new).replace('endpoint = "FILL_IN"', 'endpoint = "ke.prm.example:443"')
        )
