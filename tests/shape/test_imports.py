"""The contracts in `.importlinter` hold for the tree, and each of them breaks on a tree that breaks its rule."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shape.tree import ROOT

_LINT = Path(sys.executable).parent / "lint-imports"
_LAWFUL = {
    "libs/errors.py": "",
    "libs/audit/tree.py": "import hashlib\n",
    "libs/store/port.py": "import libs.errors\n",
    "libs/store/mongo.py": "import motor.motor_asyncio\nimport libs.store.port\n",
    "libs/store/sqlite.py": "import sqlite3\nimport libs.store.port\n",
    "libs/pb/prm/deals_pb2.py": "import google.protobuf\n",
    "libs/rpc/server.py": "import grpc\nimport libs.store.port\n",
    "libs/messaging/jetstream.py": "import nats.js\nimport libs.store.port\n",
    "libs/runtime.py": "import libs.rpc.server\n",
    "libs/env.py": "import libs.messaging.jetstream\n",
    "services/__main__.py": "import services.deals.service\nimport services.orders.service\n",
    "services/deals/service.py": 'SLICES = ("claims", "review")\n',
    "services/deals/settings.py": "import services.deals.claims.domain\n",
    "services/deals/claims/__init__.py": "import services.deals.claims.api\n",
    "services/deals/claims/api.py": "import grpc\nimport services.deals.claims.wire\n",
    "services/deals/claims/wire.py": "import libs.pb.prm.deals_pb2\nimport services.deals.claims.usecases\n",
    "services/deals/claims/usecases.py": "import services.deals.claims.domain\nimport services.deals.settings\n",
    "services/deals/claims/domain.py": "import libs.errors\n",
    "services/deals/review/__init__.py": "",
    "services/deals/review/wire.py": "import services.deals.claims.wire\n",
    "services/deals/review/usecases.py": "import services.deals.claims.domain\n",
    "services/orders/service.py": 'SLICES = ("record",)\n',
    "services/orders/record/__init__.py": "",
}
_UNLAWFUL = (
    ("libs/store/port.py", "import services.deals.claims.domain\n", "1. libs never"),
    ("services/orders/service.py", "import services.deals.claims.domain\n", "1. no service imports another"),
    ("libs/errors.py", "import libs.store.port\n", "2. libs, high to low"),
    ("libs/store/mongo.py", "import libs.messaging.jetstream\n", "2. libs, high to low"),
    ("libs/audit/tree.py", "import libs.errors\n", "2. libs, high to low"),
    ("libs/surprise.py", "", "2. libs, high to low"),
    ("libs/messaging/jetstream.py", "import libs.env\n", "2. libs, high to low"),
    ("services/deals/claims/domain.py", "import services.deals.claims.usecases\n", "3. slices"),
    ("services/deals/claims/domain.py", "import services.deals.settings\n", "3. slices"),
    ("services/deals/claims/usecases.py", "import services.deals.review.domain\n", "3. slices"),
    ("services/deals/review/usecases.py", "import services.deals.claims.usecases\n", "3. slices"),
    ("services/deals/review/usecases.py", "import services.deals.service\n", "3. slices"),
    ("services/deals/settings.py", "import services.deals.claims.usecases\n", "3. slices"),
    ("services/deals/strange/__init__.py", "", "3. slices"),
    ("services/deals/claims/usecases.py", "import google.type.money_pb2\n", "4. domain, usecases and documents"),
    ("services/deals/claims/usecases.py", "import libs.pb.prm.deals_pb2\n", "4. domain, usecases and documents"),
    ("services/deals/claims/domain.py", "import libs.store.sqlite\n", "4. nothing a domain imports"),
    ("libs/store/port.py", "import motor\n", "5. motor only"),
    ("libs/store/mongo.py", "import sqlite3\n", "5. sqlite3 only"),
    ("services/orders/service.py", "import nats\n", "5. nats only"),
    ("libs/rpc/server.py", "import tink\n", "5. tink only"),
    ("libs/runtime.py", "import grpc\n", "5. grpc only"),
    ("services/deals/claims/wire.py", "from grpc import aio\n", "5. grpc only"),
    ("libs/audit/tree.py", "import msgspec\n", "5. the verifier of the trail"),
)


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    # The contract of slices lies in this tree, whichever tree it is asked about.
    place = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "300"}
    return subprocess.run(
        [_LINT, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False, timeout=60, env=place
    )


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        for parent in path.parents:
            if parent == folder:
                break
            (parent / "__init__.py").touch()
    shutil.copy(ROOT / ".importlinter", folder)


def test_the_tree_imports_only_what_it_may() -> None:
    found = _lint(ROOT)
    assert found.returncode == 0, found.stdout


def test_a_lawful_tree_passes(tmp_path: Path) -> None:
    _write(tmp_path, _LAWFUL)
    found = _lint(tmp_path)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(("path", "line", "contract"), _UNLAWFUL)
def test_one_unlawful_import_breaks_its_contract(tmp_path: Path, path: str, line: str, contract: str) -> None:
    _write(tmp_path, {**_LAWFUL, path: _LAWFUL.get(path, "") + line})
    found = _lint(tmp_path)
    broken = [row for row in found.stdout.splitlines() if " BROKEN" in row]
    assert found.returncode == 1, found.stdout + found.stderr
    assert any(row.startswith(contract) for row in broken), found.stdout
