"""The real data sets, which are no part of the project: beside the checkout, or where DATA says; else tests skip."""

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")

needs_data = pytest.mark.skipif(
    not (DATA / "aw_orders.csv").is_file(), reason="the real data sets are not here; DATA names their folder"
)
