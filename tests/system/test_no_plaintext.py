"""No personal data stands in clear in any file of a cell, nor encoded, packed or hashed without a key."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from libs.privacy.sealing.seal import Seal, text_in
from libs.privacy.sealing.store import SealedStore
from libs.privacy.vault.tokens import is_token
from libs.runtime.cell import RunningCell
from libs.runtime.platform import Platform
from libs.store.port import ROWS_PER_EXPORT_BATCH, Kind, Query, Store
from tests.contracts.proto.test_sealed_fields import ANSWERED, SEALED
from tests.contracts.store.mongo_server import Server, choice
from tests.system.marked import played
from tests.system.marks import Marks, found_in

pytestmark = pytest.mark.xdist_group("system")

FIELDS = {
    "prm.common.v1.Person.name",
    "prm.common.v1.Person.email",
    "prm.common.v1.Person.phone",
    "prm.common.v1.Person.job_title",
    "prm.common.v1.Person.locale",
    "prm.common.v1.PostalAddress.subdivision",
    "prm.common.v1.PostalAddress.city",
    "prm.common.v1.PostalAddress.postal_code",
    "prm.common.v1.PostalAddress.lines",
    "prm.common.v1.PersonalText.text",
    "prm.compliance.v1.SubjectAlias.value",
    "prm.tickets.v1.AssignTicketRequest.assignee",
    "prm.tickets.v1.TicketChange.assignee",
}


NOT_REACHED = {
    "orders": {"credit_note": {"imported_as"}},  # no call of the suites imports a credit note
    "partners": {"completion": {"holder"}},  # an id and nothing else
    "compliance": {"legal_hold": {"alias_hashes"}},  # gone with the release of the hold
}
# Of the kind in which every service keeps the restrictions that it was told of.
RESTRICTED = {"found_hashes", "name_hashes", "named_hashes"}


class Forgetful(Platform):
    """A platform that forgets to encrypt one kind of documents."""

    kind = "ticket"

    async def sealed(self, service: str, store: Store) -> Store:
        """The store without the seal of that kind."""
        found = await super().sealed(service, store)
        assert isinstance(found, SealedStore)
        return Without(found, self.kind)


class Without(SealedStore):
    """A sealed store that leaves one kind in clear."""

    def __init__(self, of: SealedStore, kind: str) -> None:
        vars(self).update(vars(of))
        self._left_out = kind

    def _seal(self, seal: Seal, document: Any, *arguments: Any, **named: Any) -> Any:
        """The document of that kind as it is."""
        return document if seal.kind.name == self._left_out else super()._seal(seal, document, *arguments, **named)


@pytest.fixture(params=["sqlite", pytest.param("mongo", marks=pytest.mark.slow)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Empty for SQLite, or the URL of a MongoDB whose files are in the folder of the test."""
    if request.param == "sqlite":
        yield ""
        return
    if not choice() or os.environ.get("PRM_TEST_MONGO_URL"):
        pytest.skip("no MongoDB with files that can be read here")
    folder = tmp_path / "mongo"
    folder.mkdir()
    server = Server(folder)
    server.start()
    yield server.url
    server.kill()


async def test_no_file_of_a_cell_has_personal_data_in_clear(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], store_url: str
) -> None:
    marks = Marks()
    async with played(tmp_path, marks, store_url=store_url) as cell:
        reached = await _places(cell)
        assert reached.keys() == {service for service, kinds in SEALED.items() if kinds}
        for service in reached:
            kinds = SEALED[service]
            left_out = {"subject_answer": ANSWERED, **NOT_REACHED.get(service, {})}
            restricted = {"restriction": RESTRICTED} if "restriction" in reached[service] else {}
            assert {**reached[service], **left_out} == {**kinds, **restricted}
        assert any("restriction" in kinds for kinds in reached.values())
        assert marks.values.keys() >= FIELDS
        assert list(found_in(_files(tmp_path), marks)) == []
    (tmp_path / "log").write_text("".join(capfd.readouterr()))
    assert list(found_in(_files(tmp_path), marks)) == []


async def test_the_search_finds_what_one_kind_has_in_clear(tmp_path: Path, store_url: str) -> None:
    marks = Marks()
    async with played(tmp_path, marks, Forgetful, store_url=store_url):
        found = list(found_in(_files(tmp_path), marks))
    where = {Path(one.partition(":")[0]).relative_to(tmp_path).parts[:2] for one in found}
    assert where == ({("local", "tickets")} if not store_url else {one for one in where if one[0] == "mongo"})
    assert where


async def _places(cell: RunningCell) -> dict[str, dict[str, set[str]]]:
    """The places with a ciphertext in the stores of the cell, by service and kind. AssertionError for one in clear."""
    found: dict[str, dict[str, set[str]]] = {}
    for service, one in cell.services.items():
        store = one.env.store
        assert isinstance(store, SealedStore)
        for seal in store.seals.values():
            for document in await _documents(store.inner, seal.kind):
                assert list(seal.in_clear(document)) == []
                paths = {place.path for place, value in seal.items(document) if is_token(text_in(place, value))}
                if paths:
                    found.setdefault(service, {}).setdefault(seal.kind.name, set()).update(paths)
    return found


async def _documents(store: Store, kind: Kind[Any]) -> list[Any]:
    page = await store.find(Query(kind=kind, limit=ROWS_PER_EXPORT_BATCH))
    assert not page.next_cursor
    return [loaded.value for loaded in page.rows]


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]
