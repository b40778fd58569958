"""The folder of the real data sets, which are not part of the project: beside the checkout, or in DATA; without them
tests skip."""

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")

needs_data = pytest.mark.skipif(
    not (DATA / "aw_orders.csv").is_file(), reason="the real data sets are not here; DATA names their folder"
)
