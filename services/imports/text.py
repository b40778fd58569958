"""The text of a value: fetched from its row, its look-up or the mapping itself, then cleaned as the mapping says."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from services.imports.computed import Incomputable, product, shares, total
from services.imports.mapping import Value
from services.imports.notes import Outcome
from services.imports.rules import holds
from services.imports.scope import Known, Scope
from services.imports.values import Unfit, decimal, known_currency, separator_mistake

Text = Callable[[Scope, str], str]
Number = Callable[[Scope, str], Decimal | None]
Columns = Mapping[str, tuple[str, ...]]

_SHOWN_CHARS = 80
_SOURCES = ("column", "constant", "join", "fingerprint", "product", "sum", "share")


class Reading:
    """Compiles values. `columns` are those of the row at hand, the header row and the detail rows."""

    def __init__(self, lookups: Mapping[str, Known], empty: tuple[str, ...], mistakes: list[str]) -> None:
        self._lookups = lookups
        self._empty = frozenset(empty)
        self._mistakes = mistakes

    def compile(self, value: Value, columns: Columns, path: str, *, hidden: bool = False) -> Text:
        """A function from a scope and a path to the text; "" for none, also where it was refused.

        hidden: the text may be personal, so the report does not repeat it.
        """
        named = [name for name in _SOURCES if getattr(value, name) not in ("", None, (), False)]
        if len(named) != 1:
            self._mistakes.append(f"{path}: says {' and '.join(named) or 'nothing'} where one source is needed")
        if missing := sorted(set(value.when) - set(columns["row"])):
            self._mistakes.append(f"{path}: there is no column {', '.join(missing)}")
        return _Cleaned(self._fetch(value, columns, path, hidden), value, hidden)

    def _fetch(self, value: Value, columns: Columns, path: str, hidden: bool) -> Text:
        if value.constant is not None or value.fingerprint:
            constant = value.constant or ""
            return lambda scope, path: constant
        if value.join:
            parts = [self.compile(part, columns, path, hidden=hidden) for part in value.join]
            return _joined(parts, value.separator)
        if value.product:
            return self._computed(value.product, product, columns, path, every=True)
        if value.sum:
            return self._computed(value.sum, total, columns, path, every=False)
        if value.share is not None:
            return self._share(value, value.share, columns, path)
        if value.lookup:
            return self._looked_up(value, columns, path, hidden)
        if value.column and value.column not in columns.get(value.of, ()):
            self._mistakes.append(f"{path}: there is no column {value.column}")
        return self._from_column(value)

    def _computed(
        self,
        parts: tuple[Value, ...],
        compute: Callable[[list[Decimal]], Decimal],
        columns: Columns,
        path: str,
        *,
        every: bool,
    ) -> Text:
        """every: there is no value unless every part has one."""
        fetches = [self._number(part, columns, path) for part in parts]

        def fetch(scope: Scope, path: str) -> str:
            found = [one(scope, path) for one in fetches]
            known = [one for one in found if one is not None]
            return f"{compute(known):f}" if known and (len(known) == len(found) or not every) else ""

        return _told(fetch)

    def _share(self, value: Value, whole: Value, columns: Columns, path: str) -> Text:
        if "each" not in columns or value.by is None or value.currency is None:
            self._mistakes.append(f"{path}: a share is of a message for each row, and says `by` and `currency`")
            return lambda scope, path: ""
        amount = self._number(whole, {**columns, "row": columns["header"]}, path)
        weight = self._number(value.by, columns, path)
        currency = self.compile(value.currency, columns, f"{path}.currency")

        def spread(scope: Scope, path: str) -> dict[tuple[str, int], Decimal]:
            rows = [row for row in scope.siblings if holds(value.when, row.values)]
            of = scope.row
            scope.turn(None)
            found = amount(scope, path)
            weights = []
            for row in rows:
                scope.turn(row)
                weights.append(weight(scope, path) or Decimal(0))
            scope.turn(of)
            code = currency(scope, path)
            if found is None or not code or not rows:
                return {}
            parts = shares(found, weights, known_currency(code))
            return {(row.file, row.line): part for row, part in zip(rows, parts, strict=True)}

        def fetch(scope: Scope, path: str) -> str:
            place = (scope.row.file, scope.row.line)
            known = scope.shares
            if id(value) not in known:
                known[id(value)] = {}  # one that cannot be computed is told once
                known[id(value)] = spread(scope, path)
            found = known[id(value)].get(place)
            return "" if found is None else f"{found:f}"

        return _told(fetch)

    def _number(self, value: Value, columns: Columns, path: str) -> Number:
        """The number that a part says; None if it has no value, also where it was refused."""
        if mistake := separator_mistake(value):
            self._mistakes.append(f"{path}: {mistake}")
        text = self.compile(value, columns, path)

        def fetch(scope: Scope, path: str) -> Decimal | None:
            if value.when and not scope.holds(value.when, path):
                return None
            found = text(scope, path)
            return decimal(found, value) if found else None

        return fetch

    def _from_column(self, value: Value) -> Text:
        column, of, empty = value.column, value.of, self._empty

        def fetch(scope: Scope, path: str) -> str:
            text = scope.read(of, column, path)
            return "" if text in empty else text

        return fetch

    def _looked_up(self, value: Value, columns: Columns, path: str, hidden: bool) -> Text:
        known = self._lookups.get(value.lookup)
        if known is None or value.by is None:
            what = "says no `by`" if known is not None else f"there is no look-up {value.lookup}"
            self._mistakes.append(f"{path}: {what}")
            return lambda scope, path: ""
        if value.column not in known.columns:
            self._mistakes.append(f"{path}: there is no column {value.column} in the look-up {value.lookup}")
        key = self.compile(value.by, columns, path, hidden=hidden)
        rows, empty = known.rows, self._empty

        def fetch(scope: Scope, path: str) -> str:
            if not (wanted := key(scope, path)):
                return ""
            if wanted not in rows:
                scope.say(Outcome.REFUSED, path, "NOT_IN_LOOKUP", f"{_shown(wanted, hidden)} is not in {value.lookup}")
                return ""
            text = rows[wanted][value.column]
            return "" if text in empty else text

        return fetch


def _told(fetch: Text) -> Text:
    """The text; what cannot be computed is refused."""

    def told(scope: Scope, path: str) -> str:
        try:
            return fetch(scope, path)
        except Unfit as err:
            scope.say(Outcome.REFUSED, path, err.reason, err.description)
        except Incomputable as err:
            scope.say(Outcome.REFUSED, path, "NOT_COMPUTABLE", str(err))
        return ""

    return told


def _joined(parts: list[Text], separator: str) -> Text:
    def fetch(scope: Scope, path: str) -> str:
        texts = [part(scope, path) for part in parts]
        return separator.join(texts) if all(texts) else ""

    return fetch


class _Cleaned:
    """Fetches a text and does with it what its value says."""

    def __init__(self, fetch: Text, value: Value, hidden: bool) -> None:
        self._fetch = fetch
        self._value = value
        self._hidden = hidden

    def __call__(self, scope: Scope, path: str) -> str:
        value = self._value
        refusals = scope.refusals
        text = self._fetch(scope, path)
        if value.strip:
            text = text.strip()
        for old, new in value.replace.items():
            text = text.replace(old, new)
        if value.case:
            text = text.upper() if value.case == "upper" else text.lower()
        if text in value.repair:
            repaired = value.repair[text]
            scope.say(Outcome.NOTICED, path, "REPAIRED", f"{self._shown(text)} is taken as {self._shown(repaired)}")
            text = repaired
        if not text:
            if scope.refusals == refusals:
                self._say_empty(scope, path)
        elif value.map:
            text = self._mapped(text, scope, path)
        return value.prefix + text + value.suffix if text else ""

    def _mapped(self, text: str, scope: Scope, path: str) -> str:
        fallback = text if self._value.unknown == "keep" else self._value.otherwise
        if found := self._value.map.get(text, fallback):
            return found
        outcome = Outcome.REFUSED if self._value.unknown == "refuse" else Outcome.NOTICED
        scope.say(outcome, path, "UNKNOWN_VALUE", f"the mapping does not know {self._shown(text)}")
        return ""

    def _say_empty(self, scope: Scope, path: str) -> None:
        if self._value.empty != "skip":
            outcome = Outcome.REFUSED if self._value.empty == "refuse" else Outcome.NOTICED
            named = bool(self._value.column) and outcome is not Outcome.REFUSED  # a refusal names its columns itself
            what = f" (column {self._value.column})" if named else ""
            scope.say(outcome, path, "MISSING", f"there is no value{what}")

    def _shown(self, text: str) -> str:
        return _shown(text, self._hidden)


def _shown(text: str, hidden: bool) -> str:
    return "its value" if hidden else repr(text[:_SHOWN_CHARS])
