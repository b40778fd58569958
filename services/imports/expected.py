"""What the rows of one dry run would create, so that a row that refers to one of them is not taken for a mistake."""

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message

EXPECTED_IDS = 1_000_000  # beyond that a reference counts as unknown
_SUFFIX = "_external_id"
_PARTNER = "ImportPartnerRow"


class Expected:
    """The external ids of the messages of all mappings of a run, by type, source and id."""

    def __init__(self) -> None:
        self._ids: set[tuple[str, str, str]] = set()

    def add(self, message: Any) -> None:
        """A message that would be imported."""
        if len(self._ids) < EXPECTED_IDS:
            self._ids.add((message.DESCRIPTOR.name, message.external_source, message.external_id))

    def has_reference_of(self, message: Any) -> bool:
        """Whether a message refers to one that would be imported."""
        return any(reference in self._ids for reference in _references(message))


def _references(message: Message) -> Iterator[tuple[str, str, str]]:
    """What a row names by external id: `partner_external_id` is a partner, others are of its own kind and source."""
    given: dict[str, Any] = {field.name: value for field, value in message.ListFields()}
    for name, value in given.items():
        if name.endswith(_SUFFIX):
            what = name.removesuffix(_SUFFIX)
            source = given.get(f"{what}_external_source", given.get("external_source", ""))
            yield (_PARTNER if what == "partner" else message.DESCRIPTOR.name, source, value)
