"""Every rule refuses what it is there to refuse, and lets its nearest lawful neighbour pass."""

from collections.abc import Callable, Iterator

import pytest

from tests.shape import naming, purity, sizes, wording
from tests.shape.test_house import OF_ANY_FILE, OF_CODE
from tests.shape.tree import Finding, Source

Rule = Callable[[Source], Iterator[Finding]]

_LONG = "def long() -> None:\n" + "    print()\n" * 60
_SERVICER = "class Deals(DealsServicer):\n    async def Get(self, request, context):\n"
_CATCH = "try:\n    pass\nexcept {}:\n    {}\n"

REFUSED: tuple[tuple[Rule, str, str], ...] = (
    (sizes.long_files, "libs/x.py", "x = 1\n" * 401),
    (sizes.long_files, "proto/prm/x/v1/x.proto", "// x\n" * 401),
    (sizes.long_functions, "libs/x.py", _LONG),
    (sizes.long_functions, "tests/x.py", "async " + _LONG),
    (sizes.long_servicer_methods, "services/deals/api.py", _SERVICER + "        print()\n" * 10),
    (sizes.long_servicer_methods, "services/deals/api/reads.py", _SERVICER + "        return 1 if request else 2\n"),
    (sizes.wide_protocols, "libs/x.py", 'class P(Protocol):\n    "Doc."\n' + "    def m(self): ...\n" * 6),
    (sizes.wide_protocols, "libs/x.py", "class P(Protocol[T]):\n    def m(self): ...\n"),
    (sizes.undocumented_modules, "libs/x.py", "import os\n"),
    (purity.hidden_inputs, "libs/x.py", "import time\n"),
    (purity.hidden_inputs, "libs/x.py", "from time import monotonic\n"),
    (purity.hidden_inputs, "services/deals/usecases.py", "from datetime import datetime\nx = datetime.now(UTC)\n"),
    (purity.hidden_inputs, "services/deals/usecases.py", "import datetime\nx = datetime.datetime.now(datetime.UTC)\n"),
    (purity.hidden_inputs, "services/deals/usecases.py", "from datetime import date\nx = date.today()\n"),
    (purity.hidden_inputs, "libs/x.py", "import random\n"),
    (purity.hidden_inputs, "libs/x.py", "from uuid import uuid4\n"),
    (purity.hidden_inputs, "libs/clock.py", "import secrets\n"),
    (purity.hidden_inputs, "libs/x.py", "import os\nx = os.urandom(4)\n"),
    (purity.hidden_inputs, "libs/x.py", "import os\nx = os.environ['A']\n"),
    (purity.hidden_inputs, "libs/x.py", "from os import getenv\n"),
    (purity.wide_excepts, "libs/x.py", _CATCH.format("Exception", "pass")),
    (purity.wide_excepts, "libs/x.py", _CATCH.format("(ValueError, BaseException)", "log.error('x')")),
    (purity.wide_excepts, "services/deals/usecases.py", "try:\n    pass\nexcept:\n    pass\n"),
    (purity.module_state, "libs/x.py", "CACHE = {}\n"),
    (purity.module_state, "libs/x.py", "_SEEN: set[str] = set()\n"),
    (purity.module_state, "libs/x.py", "ROWS = defaultdict(list)\n"),
    (purity.module_state, "libs/x.py", "store = SqliteStore('x')\n"),
    (purity.module_state, "libs/x.py", "TABLE = {'a': 1}\n\n\ndef change() -> None:\n    TABLE['b'] = 2\n"),
    (purity.module_state, "libs/x.py", "NAMES = ['a']\n\n\ndef change() -> None:\n    NAMES.append('b')\n"),
    (purity.module_state, "libs/x.py", "COUNT = 1\n\n\ndef change() -> None:\n    global COUNT\n"),
    (purity.impure_domains, "services/deals/domain.py", "async def approve() -> None: ...\n"),
    (purity.impure_domains, "services/deals/domain/review.py", "import asyncio\n"),
    (purity.impure_domains, "services/deals/domain.py", "import grpc\n"),
    (purity.impure_domains, "services/deals/domain.py", "from libs.pb.prm.deals.v1 import registration_pb2\n"),
    (purity.impure_domains, "services/deals/domain.py", "from libs.clock import Clock\n"),
    (purity.impure_domains, "services/deals/domain.py", "from libs import ids\n"),
    (purity.impure_domains, "services/deals/domain.py", "from libs.store.port import Store\n"),
    (naming.drawers, "libs/utils.py", ""),
    (naming.drawers, "services/deals/common/x.py", ""),
    (naming.drawers, "libs/store_helpers.py", ""),
    (naming.drawers, "libs/x.py", "class DealManager:\n    pass\n"),
    (naming.strange_service_files, "services/deals/views.py", ""),
    (naming.strange_service_files, "services/deals/__init__.py", '"""What."""\nimport os\n'),
    (wording.unexplained_ignores, "libs/x.py", "x = 1  # type: ignore\n"),
    (wording.unexplained_ignores, "libs/x.py", "x = 1  # type: ignore[misc]\n"),
    (wording.unexplained_ignores, "libs/x.py", "x = 1  # type: ignore  # because\n"),
    (wording.open_work, "libs/x.py", "# TODO later\n"),
    (wording.open_work, "deploy/x.yaml", "# FIXME(me)\n"),
    (wording.open_work, "libs/x.py", "# XXX: why\n"),
    (wording.machine_places, "README.md", "see /home/jo/prm\n"),
    (wording.machine_places, "deploy/x.sh", "cp /root/x .\n"),
    (wording.machine_places, "requirements.lock", "--index-url https://example.org/simple\n"),
    (wording.machine_places, "deploy/image/Dockerfile", "RUN curl https://pypi.example.org/simple/x\n"),
    (wording.patched_tests, "tests/unit/x.py", "from unittest.mock import Mock\n"),
    (wording.patched_tests, "tests/unit/x.py", "from unittest import mock\n"),
    (wording.patched_tests, "tests/unit/x.py", "import mock\n"),
    (wording.patched_tests, "tests/unit/x.py", "def test_x(mocker): ...\n"),
    (wording.patched_tests, "tests/unit/x.py", "def test_x(monkeypatch):\n    monkeypatch.setattr(a, 'b', 1)\n"),
    (wording.sleeping_tests, "tests/unit/x.py", "async def test_x():\n    await asyncio.sleep(0.1)\n"),
    (wording.sleeping_tests, "tests/unit/x.py", "time.sleep(1)\n"),
)

ALLOWED: tuple[tuple[Rule, str, str], ...] = (
    (sizes.long_files, "libs/x.py", "x = 1\n" * 400),
    (sizes.long_functions, "libs/x.py", _LONG.replace("    print()\n", "", 1)),
    (sizes.long_servicer_methods, "services/deals/api.py", _SERVICER + "        print()\n" * 9),
    (sizes.long_servicer_methods, "services/deals/usecases.py", _SERVICER + "        print()\n" * 20),
    (purity.hidden_inputs, "libs/clock.py", "import time\nx = datetime.now(UTC)\n"),
    (purity.hidden_inputs, "libs/config.py", "import os\nx = os.environ\n"),
    (purity.hidden_inputs, "libs/x.py", "from datetime import datetime\nx = datetime.fromisoformat(y)\n"),
    (purity.hidden_inputs, "libs/x.py", "x = self.clock.now()\n"),
    (purity.wide_excepts, "libs/rpc/method.py", _CATCH.format("Exception", "pass")),
    (purity.wide_excepts, "libs/x.py", _CATCH.format("BaseException", "raise")),
    (purity.wide_excepts, "libs/x.py", _CATCH.format("ValueError", "pass")),
    (purity.module_state, "libs/x.py", "TABLE = {'a': 1}\nlog = get_logger()\nRows = tuple[int, ...]\n"),
    (purity.module_state, "libs/x.py", "ROWS = list(OTHER)\n\n\ndef f(ROWS: list[int]) -> None:\n    ROWS.append(1)\n"),
    (purity.impure_domains, "services/deals/domain.py", "import re\nimport msgspec\nfrom libs import errors\n"),
    (purity.impure_domains, "services/deals/domain.py", "from libs.document import Document\n"),
    (purity.impure_domains, "services/deals/usecases.py", "async def approve() -> None: ...\n"),
    (naming.drawers, "proto/prm/common/v1/x.py", ""),
    (naming.strange_service_files, "services/deals/usecases/conflicts.py", ""),
    (naming.strange_service_files, "services/imports/engine.py", ""),
    (wording.unexplained_ignores, "libs/x.py", "x = 1  # type: ignore[misc]  # the stub is wrong\n"),
    (wording.open_work, "libs/x.py", "# TODO(#12) later\n"),
    (wording.open_work, "libs/x.py", "NO_CURRENCY = 'XXX'\n"),
    (wording.machine_places, "README.md", "see https://example.org/home/index.html\n"),
    (wording.patched_tests, "tests/unit/x.py", "def test_x(monkeypatch):\n    monkeypatch.setenv('A', 'b')\n"),
    (wording.sleeping_tests, "tests/unit/x.py", "await asyncio.sleep(0)\n"),
)


@pytest.mark.parametrize(("rule", "path", "text"), REFUSED)
def test_this_is_refused(rule: Rule, path: str, text: str) -> None:
    assert [one.path for one in rule(Source(path, text))] == [path]


@pytest.mark.parametrize(("rule", "path", "text"), ALLOWED)
def test_this_is_allowed(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, text))) == []


def test_every_rule_is_shown_to_refuse_something() -> None:
    assert {rule for rule, _, _ in REFUSED} == {*OF_CODE, *OF_ANY_FILE}


@pytest.mark.parametrize(
    "text",
    [
        "class Odd(AppError):\n    code = Code.NOT_FOUND\n",
        'class Odd(WrongState):\n    """A second class of one reason."""\n',
        'class Odd(AppError):\n    code, reason = Code.NOT_FOUND, "wrongState"\n',
        'class Odd(AppError):\n    code, reason = Code.NOT_FOUND, "WRONG_STATE"\n',
        'class Odd(AppError):\n    reason = "ODD"\n',
    ],
)
def test_an_error_class_without_code_or_reason_of_its_own_is_refused(text: str) -> None:
    lawful = Source("libs/errors.py", 'class AppError(Exception):\n    code: C\n\n\nclass WrongState(AppError):\n    code, reason = 9, "WRONG_STATE"\n')  # fmt: skip  # noqa: E501
    assert list(naming.error_classes([lawful])) == []
    assert len(list(naming.error_classes([lawful, Source("services/deals/domain.py", text)]))) == 1


def test_a_folder_of_code_without_a_readme_is_refused() -> None:
    code = [Source("libs/store/port.py", ""), Source("services/deals/usecases/x.py", ""), Source("libs/pb/x.py", "")]
    assert [one.path for one in naming.missing_readmes(code)] == ["libs/store"]
    assert list(naming.missing_readmes([*code, Source("libs/store/README.md", "")])) == []


@pytest.mark.parametrize(
    ("area", "path", "text"),
    [
        ("libs", "libs/x.py", '"""Why."""\n' + "x = 1\n" * 20),
        ("libs", "libs/x.py", '"""Why."""\n' + "# more\n" * 10 + "x = 1\n" * 20),
        ("services", "services/x.py", '"""Why."""\n' + "x = 1\n" * 40),
        ("proto", "proto/x.proto", "// why\n" + "message A {}\n" * 4),
    ],
)
def test_too_few_or_too_many_comments_are_refused(area: str, path: str, text: str) -> None:
    assert [one.path for one in sizes.comment_share(area, [Source(path, text)])] == [area]


def test_a_fair_share_of_comments_is_allowed() -> None:
    text = (
        '"""Why,\n\nand what.\n"""\n' + "# because\n" + "x = 1  # a remark beside code is not a line of comment\n" * 20
    )
    assert list(sizes.comment_share("libs", [Source("libs/x.py", text)])) == []
