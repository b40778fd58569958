"""The slices of each service, composed as the `prm` command composes them."""

import importlib

from libs.slices import Composition
from services.__main__ import SERVICES

COMPOSITIONS: dict[str, Composition] = {
    name: importlib.import_module(module).COMPOSITION for name, module in SERVICES.items()
}
