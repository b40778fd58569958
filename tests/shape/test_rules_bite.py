"""Every rule refuses what it is there to refuse, looks at its nearest lawful neighbour and lets it pass. A rule that
looks at nothing fails."""

import pytest

from tests.shape import naming, purity, sizes, wording
from tests.shape.test_house import OF_ANY_FILE, OF_CODE, OF_THE_TREE, Rule, RuleOfTree, faults
from tests.shape.tree import Source

_LONG = "def long() -> None:\n" + "    print()\n" * 60
_SERVICER = "class DealRegistrationService:\n    async def Get(self, request, call):\n"
_CATCH = "try:\n    pass\nexcept {}:\n    {}\n"

REFUSED: tuple[tuple[Rule, str, str], ...] = (
    (sizes.long_files, "libs/x.py", "x = 1\n" * 401),
    (sizes.long_files, "proto/prm/x/v1/x.proto", "// x\n" * 401),
    (sizes.long_functions, "libs/x.py", _LONG),
    (sizes.long_functions, "tests/x.py", "async " + _LONG),
    (sizes.long_servicer_methods, "services/deals/review/api.py", _SERVICER + "        print()\n" * 10),
    (sizes.long_servicer_methods, "libs/decisions/api.py", _SERVICER + "        print()\n" * 10),
    (
        sizes.long_servicer_methods,
        "services/deals/review/api/reads.py",
        _SERVICER + "        return 1 if request else 2\n",
    ),
    (sizes.wide_protocols, "libs/x.py", 'class P(Protocol):\n    "Doc."\n' + "    def m(self): ...\n" * 6),
    (sizes.wide_protocols, "libs/x.py", "class P(Protocol[T]):\n    def m(self): ...\n"),
    (sizes.undocumented_modules, "libs/x.py", "import os\n"),
    (purity.hidden_inputs, "libs/x.py", "import time\n"),
    (purity.hidden_inputs, "libs/x.py", "from time import monotonic\n"),
    (
        purity.hidden_inputs,
        "services/deals/review/usecases.py",
        "from datetime import datetime\nx = datetime.now(UTC)\n",
    ),
    (
        purity.hidden_inputs,
        "services/deals/review/usecases.py",
        "import datetime\nx = datetime.datetime.now(datetime.UTC)\n",
    ),
    (purity.hidden_inputs, "services/deals/review/usecases.py", "from datetime import date\nx = date.today()\n"),
    (purity.hidden_inputs, "libs/x.py", "import random\n"),
    (purity.hidden_inputs, "libs/x.py", "from uuid import uuid4\n"),
    (purity.hidden_inputs, "libs/clock.py", "import secrets\n"),
    (purity.hidden_inputs, "libs/x.py", "import os\nx = os.urandom(4)\n"),
    (purity.hidden_inputs, "libs/x.py", "import os\nx = os.environ['A']\n"),
    (purity.hidden_inputs, "libs/x.py", "from os import getenv\n"),
    (
        purity.unscoped_listings,
        "services/deals/x.py",
        "from libs.store.listing import (\n    everything,\n    listing,\n)\n",
    ),
    (purity.unscoped_listings, "libs/decisions/x.py", "from libs.store import listing\n"),
    (purity.unscoped_listings, "services/deals/x.py", "import libs.store.listing\n"),
    (purity.reads_one_by_one, "libs/x.py", "for id in ids:\n    if x:\n        await get(store, THINGS, id)\n"),
    (purity.reads_one_by_one, "services/deals/x.py", "x = [await env.load(THINGS, y.id, call=call) for y in z]\n"),
    (
        purity.reads_one_by_one,
        "services/deals/x.py",
        "x = [one for one in y if await get(env.store, K, one) is None]\n",
    ),
    (purity.wide_excepts, "libs/x.py", _CATCH.format("Exception", "pass")),
    (purity.wide_excepts, "libs/x.py", _CATCH.format("(ValueError, BaseException)", "log.error('x')")),
    (purity.wide_excepts, "services/deals/review/usecases.py", "try:\n    pass\nexcept:\n    pass\n"),
    (purity.module_state, "libs/x.py", "CACHE = {}\n"),
    (purity.module_state, "libs/x.py", "_SEEN: set[str] = set()\n"),
    (purity.module_state, "libs/x.py", "ROWS = defaultdict(list)\n"),
    (purity.module_state, "libs/x.py", "store = SqliteStore('x')\n"),
    (purity.module_state, "libs/x.py", "TABLE = {'a': 1}\n\n\ndef change() -> None:\n    TABLE['b'] = 2\n"),
    (purity.module_state, "libs/x.py", "NAMES = ['a']\n\n\ndef change() -> None:\n    NAMES.append('b')\n"),
    (purity.module_state, "libs/x.py", "COUNT = 1\n\n\ndef change() -> None:\n    global COUNT\n"),
    (purity.impure_domains, "services/deals/review/domain.py", "async def approve() -> None: ...\n"),
    (purity.impure_domains, "services/deals/review/domain/decisions.py", "import asyncio\n"),
    (purity.impure_domains, "services/deals/review/domain.py", "import grpc\n"),
    (purity.impure_domains, "services/deals/review/domain.py", "from libs.pb.prm.deals import v1 as pb\n"),
    (purity.impure_domains, "services/deals/review/domain.py", "from libs.clock import Clock\n"),
    (purity.impure_domains, "services/deals/review/domain.py", "from libs import ids\n"),
    (purity.impure_domains, "services/deals/review/domain.py", "from libs.store.port import Store\n"),
    (naming.drawers, "libs/utils.py", ""),
    (naming.retired_names, "libs/x.py", "class Turns: ...\n"),
    (naming.retired_names, "libs/store/x.py", "def look(aside: int) -> None: ...\n"),
    (naming.retired_names, "services/deals/review/domain.py", "for moves in x:\n    pass\n"),
    (naming.drawers, "services/deals/common/x.py", ""),
    (naming.drawers, "libs/store_helpers.py", ""),
    (naming.drawers, "libs/x.py", "class DealManager:\n    pass\n"),
    (naming.strange_service_files, "services/deals/views.py", ""),
    (naming.strange_service_files, "services/deals/review/views.py", ""),
    (naming.strange_service_files, "services/deals/review/service.py", ""),
    (naming.shadowed_annotations, "libs/x.py", "class Rate(Struct):\n    date: date\n"),
    (naming.shadowed_annotations, "libs/x.py", "class Kind(Generic[D]):\n    type: type[D]\n"),
    (naming.shadowed_annotations, "libs/x.py", "class A:\n    since: 'date'\n    date: Day\n"),
    (naming.shadowed_annotations, "tests/x.py", "class Desk:\n    def book(self) -> book.Book: ...\n"),
    (naming.shadowed_annotations, "tests/x.py", "class A:\n    def list(self): ...\n\n    rows: tuple[list[int]]\n"),
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
    (sizes.long_servicer_methods, "services/deals/review/api.py", _SERVICER + "        print()\n" * 9),
    (sizes.long_servicer_methods, "libs/decisions/api.py", _SERVICER + "        print()\n" * 9),
    (sizes.long_servicer_methods, "services/deals/review/usecases.py", _SERVICER + "        print()\n" * 20),
    (sizes.wide_protocols, "libs/x.py", 'class P(Protocol):\n    "Doc."\n' + "    def m(self): ...\n" * 5),
    (sizes.undocumented_modules, "libs/x.py", '"""Why."""\n'),
    (purity.hidden_inputs, "libs/clock.py", "import time\nx = datetime.now(UTC)\n"),
    (purity.hidden_inputs, "libs/config.py", "import os\nx = os.environ\n"),
    (purity.hidden_inputs, "libs/x.py", "from datetime import datetime\nx = datetime.fromisoformat(y)\n"),
    (purity.hidden_inputs, "libs/x.py", "x = self.clock.now()\n"),
    (purity.unscoped_listings, "services/deals/x.py", "from libs.store.listing import Paging, everything\n"),
    (purity.reads_one_by_one, "libs/x.py", "for _ in range(9):\n    id = (await get(store, THINGS, id)).value.up\n"),
    (purity.reads_one_by_one, "libs/x.py", "x = [one for one in (await get(store, THINGS, id)).value.ids]\n"),
    (purity.wide_excepts, "libs/rpc/method.py", _CATCH.format("Exception", "pass")),
    (purity.wide_excepts, "libs/x.py", _CATCH.format("BaseException", "raise")),
    (purity.wide_excepts, "libs/x.py", _CATCH.format("ValueError", "pass")),
    (purity.module_state, "libs/x.py", "TABLE = {'a': 1}\nlog = get_logger()\nRows = tuple[int, ...]\n"),
    (purity.module_state, "libs/x.py", "ROWS = list(OTHER)\n\n\ndef f(ROWS: list[int]) -> None:\n    ROWS.append(1)\n"),
    (purity.impure_domains, "services/deals/review/domain.py", "import re\nimport msgspec\nfrom libs import errors\n"),
    (purity.impure_domains, "services/deals/review/domain.py", "from libs.document import Document\n"),
    (purity.impure_domains, "services/deals/review/usecases.py", "async def approve() -> None: ...\n"),
    (naming.drawers, "proto/prm/common/v1/x.py", ""),
    (naming.strange_service_files, "services/deals/review/usecases/deciding.py", ""),
    (naming.strange_service_files, "services/imports/engine.py", ""),
    (naming.retired_names, "libs/x.py", "class KeyedLocks: ...\n"),
    (naming.drawers, "libs/store/port.py", "class Store:\n    pass\n"),
    (naming.shadowed_annotations, "libs/x.py", "class Rate(Struct):\n    date: Day\n    due: date_of\n"),
    (naming.shadowed_annotations, "libs/x.py", "class A:\n    class Row: ...\n\n    rows: tuple[Row, ...]\n"),
    (wording.unexplained_ignores, "libs/x.py", "x = 1  # type: ignore[misc]  # the stub is wrong\n"),
    (wording.open_work, "libs/x.py", "# TODO(#12) later\n"),
    (wording.open_work, "libs/x.py", "NO_CURRENCY = 'XXX'\n"),
    (wording.machine_places, "README.md", "see https://example.org/home/index.html\n"),
    (wording.patched_tests, "tests/unit/x.py", "def test_x(monkeypatch):\n    monkeypatch.setenv('A', 'b')\n"),
    (wording.sleeping_tests, "tests/unit/x.py", "await asyncio.sleep(0)\n"),
)


_ERRORS = (
    "class AppError(Exception):\n    code: C\n\n\nclass WrongState(AppError):\n    code, reason = 9, 'WRONG_STATE'\n"
)
_FAIR = '"""Why,\n\nand what.\n"""\n' + "# because\n" + "x = 1  # beside code it is no line of comment\n" * 20

Files = dict[str, str]

REFUSED_TREES: tuple[tuple[RuleOfTree, Files, str], ...] = (
    *(
        (
            naming.error_classes,
            {"libs/errors.py": _ERRORS, "services/deals/review/domain.py": text},
            "services/deals/review/domain.py",
        )
        for text in (
            "class Odd(AppError):\n    code = Code.NOT_FOUND\n",
            'class Odd(WrongState):\n    """A second class of one reason."""\n',
            'class Odd(AppError):\n    code, reason = Code.NOT_FOUND, "wrongState"\n',
            'class Younger(AppError):\n    code, reason = Code.NOT_FOUND, "WRONG_STATE"\n',
            'class Odd(AppError):\n    reason = "ODD"\n',
        )
    ),
    (naming.missing_readmes, {"libs/store/port.py": "", "services/deals/review/x.py": ""}, "libs/store"),
    (
        sizes.large_slices,
        {"services/deals/review/a.py": "x = 1\n" * 1_000, "services/deals/review/domain/b.py": "x = 1\n" * 1_001},
        "services/deals/review",
    ),
    (sizes.comment_shares, {"libs/x.py": '"""Why."""\n' + "x = 1\n" * 20}, "libs"),
    (sizes.comment_shares, {"libs/x.py": '"""Why."""\n' + "# more\n" * 10 + "x = 1\n" * 20}, "libs"),
    (sizes.comment_shares, {"services/x.py": '"""Why."""\n' + "x = 1\n" * 40}, "services"),
    (sizes.comment_shares, {"proto/x.proto": "// why\n" + "message A {}\n" * 4}, "proto"),
    (wording.broken_links, {"libs/README.md": "see [x](../libs/gone.py)\n", "libs/x.py": ""}, "libs/README.md"),
    (wording.broken_links, {"README.md": "[`x`](libs/gone/README.md#use)\n", "libs/x.py": ""}, "README.md"),
)
ALLOWED_TREES: tuple[tuple[RuleOfTree, Files], ...] = (
    (naming.error_classes, {"libs/errors.py": _ERRORS}),
    (naming.missing_readmes, {"libs/store/port.py": "", "libs/store/README.md": "", "libs/pb/x.py": ""}),
    (
        sizes.large_slices,
        {
            **{f"services/deals/{name}/a.py": "x = 1\n" * 2_000 for name in ("review", "claims")},
            "services/deals/review/words.toml": "x = 1\n" * 9,
            "services/deals/service.py": "x = 1\n",
            "libs/store/a.py": "x = 1\n" * 2_001,
        },
    ),
    (sizes.comment_shares, {"libs/x.py": _FAIR, "libs/pb/x.py": "x = 1\n" * 99}),
    (
        wording.broken_links,
        {"libs/README.md": "[a](x.py) [b](../libs) [c](x.py#l1) [d](#e) [f](https://example.org/g)\n", "libs/x.py": ""},
    ),
)


@pytest.mark.parametrize(("rule", "path", "text"), REFUSED)
def test_this_is_refused(rule: Rule, path: str, text: str) -> None:
    assert [one.path for one in rule(Source(path, text)) if one.what] == [path]


@pytest.mark.parametrize(("rule", "path", "text"), ALLOWED)
def test_this_is_allowed(rule: Rule, path: str, text: str) -> None:
    assert [one for one in rule(Source(path, text)) if one.what] == []


@pytest.mark.parametrize(("rule", "files", "where"), REFUSED_TREES)
def test_this_tree_is_refused(rule: RuleOfTree, files: Files, where: str) -> None:
    assert [one.path for one in rule(_sources(files)) if one.what] == [where]


@pytest.mark.parametrize(("rule", "files"), ALLOWED_TREES)
def test_this_tree_is_allowed(rule: RuleOfTree, files: Files) -> None:
    assert faults(rule(_sources(files))) == []


def test_every_rule_is_shown_to_refuse_something_and_to_let_pass_what_it_looks_at() -> None:
    rules, trees = {*OF_CODE, *OF_ANY_FILE}, set(OF_THE_TREE)
    assert {rule for rule, _, _ in REFUSED} == rules
    assert {rule for rule, _, _ in REFUSED_TREES} == trees
    assert {rule for rule, path, text in ALLOWED if list(rule(Source(path, text)))} == rules
    assert {rule for rule, _ in ALLOWED_TREES} == trees


def test_a_rule_that_looks_at_nothing_fails() -> None:
    with pytest.raises(AssertionError, match="looked at nothing"):
        faults(sizes.long_servicer_methods(Source("services/deals/views.py", _SERVICER + "        print()\n" * 20)))
    with pytest.raises(AssertionError, match="looked at nothing"):
        faults(naming.error_classes([]))


def _sources(files: Files) -> list[Source]:
    return [Source(path, text) for path, text in files.items()]
