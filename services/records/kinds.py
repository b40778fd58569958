"""What the slices of every service declare about their kinds, as a table: beside the record of processing it says how
a request of a data subject finds the persons in each kind."""

import csv
import io
from collections.abc import Iterator, Mapping

from libs.privacy.unsought import What, unsought
from libs.slices import Composition

COLUMNS = ("service", "kind", "resource", "persons_are_found", "texts", "names", "fields_not_searched")


def as_csv(compositions: Mapping[str, Composition]) -> bytes:
    """A row for each kind that declares persons, or in which somebody may be named, by service and kind; paths in a
    cell are separated by `; `."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(_rows(compositions))
    return out.getvalue().encode()


def _rows(compositions: Mapping[str, Composition]) -> Iterator[tuple[str, ...]]:
    for service, composition in sorted(compositions.items()):
        for kind in sorted(composition.kinds, key=lambda one: one.name):
            found = {one.what: "; ".join(one.fields) for one in unsought(service, kind)}
            if kind.persons is not None or found:
                declared = "yes" if kind.persons is not None else "no"
                paths = (found.get(what, "") for what in What)
                yield (service, kind.name, kind.type.__name__, declared, *paths)
