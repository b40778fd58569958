"""The files that a mapping names, opened as it says."""

from collections.abc import Iterator
from pathlib import Path

from services.imports.lines import encoding_mistake
from services.imports.mapping import Details, Document, Lookup
from services.imports.notes import Note, remarks
from services.imports.scope import Known, TooManyRows, load
from services.imports.table import NotATable, Row, Table

TAB = "tab"


class Files:
    """Opens the files of one mapping in one folder; what is wrong with them goes to `mistakes`. noticed: what was done
    to rows of look-up tables so that they can be used."""

    def __init__(self, document: Document, folder: Path, mistakes: list[str]) -> None:
        self._document = document
        self._folder = folder
        self._mistakes = mistakes
        self.noticed: list[Note] = []

    def open(self, file: str, of: Details | Lookup | None = None) -> Table | None:
        """The table; None if it cannot be read. of: says how, where that differs from the rest of the mapping."""
        encoding = (of and of.encoding) or self._document.encoding
        delimiter = (of and of.delimiter) or self._document.delimiter
        delimiter = "\t" if delimiter == TAB else delimiter
        if encoding and (mistake := encoding_mistake(encoding)):
            self._mistakes.append(f"{file}: {mistake}")
        elif len(delimiter) > 1 or delimiter in ('"', "\r", "\n"):
            self._mistakes.append(f"{file}: delimiter is one character, not a quote or a line break, or `{TAB}`")
        else:
            try:
                return Table(self._folder / file, encoding=encoding, delimiter=delimiter)
            except NotATable as err:
                self._mistakes.append(str(err))
        return None

    def load(self, lookup: Lookup) -> Known:
        """A look-up table; without rows if it cannot be read."""
        table = self.open(lookup.file, lookup)
        if table is not None and lookup.key in table.columns:
            try:
                return load(table.columns, self._rows(table), lookup.key)
            except TooManyRows as err:
                self._mistakes.append(str(err))
        elif table is not None:
            self._mistakes.append(f"lookups: there is no column {lookup.key} in {lookup.file}")
        return Known(table.columns if table else (), {})

    def _rows(self, table: Table) -> Iterator[Row]:
        for row in table:
            usable = row.without_controls() if self._document.controls else row
            self.noticed += remarks(usable)
            yield usable
