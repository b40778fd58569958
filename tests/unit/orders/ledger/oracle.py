"""What a ledger must come to, computed from a history in fractions. It imports nothing of the product.

A history is made of the tuples below. Amounts are whole numbers of ten-thousandths; days are dates.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple


class Rule(NamedTuple):
    """product_line "": any other. bands: (first amount, basis points), from zero on. kind: FLAT, MARGINAL,
    RETROACTIVE. quota: (amount, added basis points)."""

    product_line: str
    kind: str
    bands: tuple[tuple[int, int], ...]
    quota: tuple[int, int] | None = None


class Version(NamedTuple):
    """role "": the partner of the order. costs: by sku."""

    code: str
    number: int
    since: date
    role: str
    basis: str
    rules: tuple[Rule, ...]
    months: int
    returns_count_at_sale: bool
    cap: int | None
    floor: int | None
    countries_that_claw_back: tuple[str, ...]
    costs: tuple[tuple[str, int], ...]


class Order(NamedTuple):
    """lines: (number, sku, product line, pieces, net)."""

    id: str
    day: date
    currency: str
    partner: str
    lines: tuple[tuple[int, str, str, int, int], ...]


class Paper(NamedTuple):
    """An invoice, payment, return or credit note of an order. parts: (line, pieces, net). goods: a credit note for
    pieces that are in a return too."""

    kind: str
    id: str
    order: str
    day: date
    invoice: str = ""
    amount: int = 0
    parts: tuple[tuple[int, int, int], ...] = ()
    goods: bool = False


class Split(NamedTuple):
    """shares: (person, country, basis points)."""

    id: str
    order: str
    shares: tuple[tuple[str, str, int], ...]


class Earner(NamedTuple):
    """A line that earns; back: (document, day, amount) of what was taken from it."""

    document: str
    line: int
    day: date
    sku: str
    product_line: str
    pieces: int
    base: int
    back: list[tuple[str, date, int]]


Place = tuple[str, str, str, int, str, date]  # code, beneficiary, document, line, document that took back, period


def nets(history: Iterable[object], versions: Sequence[Version], worth: dict[str, Fraction]) -> dict[Place, Fraction]:
    """What each place comes to, in whole units. worth: one unit of a currency in that of the plans."""
    known = set(history)
    orders = [one for one in known if isinstance(one, Order)]
    groups: dict[tuple[Version, str, str, date], list[tuple[Earner, int, list[int]]]] = defaultdict(list)
    for order in orders:
        papers = sorted((one for one in known if isinstance(one, Paper) and one.order == order.id), key=_when)
        splits = [one.shares for one in known if isinstance(one, Split) and one.order == order.id]
        for version in versions:
            shares = ((order.partner, "", 10_000),) if not version.role else tuple(splits[0] if splits else ())
            for earner in _earners(order, papers, version.basis):
                if earner.base > 0 and _in_force(versions, version.code, earner.day) == version:
                    for who, country, base, back in _parts(earner, shares, version, worth[order.currency]):
                        place = (version, who, country, _period(version.months, earner.day))
                        groups[place].append((earner, base, back))
    found: dict[Place, Fraction] = defaultdict(Fraction)
    for (version, who, country, period), rows in groups.items():
        _count(found, version, who, rows, period=period, claws=not version.role or country in version[10])
    return {place: amount for place, amount in found.items() if amount}


def balance(found: dict[Place, Fraction], code: str, who: str, *, until: date) -> Fraction:
    """The sum of all periods of an account that begin until a day."""
    return sum(
        (amount for place, amount in found.items() if place[:2] == (code, who) and place[5] <= until), Fraction()
    )


def _in_force(versions: Sequence[Version], code: str, day: date) -> Version | None:
    return max(
        (one for one in versions if one.code == code and one.since <= day), key=lambda one: one.since, default=None
    )


def _when(paper: Paper) -> tuple[date, str]:
    return paper.day, paper.id


def _period(months: int, day: date) -> date:
    return day.replace(month=day.month - (day.month - 1) % months, day=1)


def _take(earner: Earner, paper: Paper, amount: int) -> int:
    """Take an amount back, as far as it is there; what was taken."""
    taken = max(0, min(amount, earner.base - sum(one[2] for one in earner.back)))
    if taken:
        earner.back.append((paper.id, paper.day, taken))
    return taken


def _earners(order: Order, papers: list[Paper], basis: str) -> list[Earner]:
    lines = {number: (sku, product, pieces, net) for number, sku, product, pieces, net in order.lines}
    if basis == "ORDERED":
        made = {n: Earner(order.id, n, order.day, s, p, q, net, []) for n, (s, p, q, net) in lines.items()}
        gone: dict[int, int] = defaultdict(int)
        for paper in papers:
            for number, pieces, net in paper.parts:
                if paper.kind == "return":
                    whole, q = made[number].base, made[number].pieces
                    before = round(Fraction(whole * gone[number], q))
                    gone[number] = min(q, gone[number] + pieces)
                    _take(made[number], paper, round(Fraction(whole * gone[number], q)) - before)
                elif paper.kind == "note" and not paper.goods:
                    _take(made[number], paper, net)
        return list(made.values())
    found: list[Earner] = []
    for invoice in (one for one in papers if one.kind == "invoice"):
        about = [one for one in papers if one.invoice == invoice.id]
        for number, pieces, net in invoice.parts:
            sku, product = lines[number][:2]
            if basis == "COLLECTED":
                found += _collected(invoice, about, number, net, sku=sku, product=product)
                continue
            one = Earner(invoice.id, number, invoice.day, sku, product, pieces, net, [])
            for paper in about:
                if paper.kind == "note":
                    for line, _, amount in paper.parts:
                        if line == number:
                            _take(one, paper, amount)
            found.append(one)
    return found


def _collected(invoice: Paper, about: list[Paper], number: int, net: int, *, sku: str, product: str) -> list[Earner]:
    stack: list[Earner] = []
    paid = noted = reached = 0
    for paper in about:
        if paper.kind in ("payment", "bounce"):
            paid += paper.amount
        elif paper.kind == "note":
            noted += paper.amount
        now = round(Fraction(net * max(0, min(paid, invoice.amount - noted)), invoice.amount))
        if now > reached:
            stack.append(Earner(paper.id, number, paper.day, sku, product, 0, now - reached, []))
        else:
            rest = reached - now
            for one in reversed(stack):
                rest -= _take(one, paper, rest)
        reached = now
    return stack


def _parts(
    earner: Earner, shares: Sequence[tuple[str, str, int]], version: Version, worth: Fraction
) -> list[tuple[str, str, int, list[int]]]:
    """Who gets which part of the base, and which parts of it were taken back."""
    whole = round(earner.base * worth)
    if version.basis == "MARGIN":
        cost = dict(version.costs).get(earner.sku)
        whole = 0 if cost is None else max(0, whole - cost * earner.pieces)
    exact = [Fraction(whole * weight, 10_000) for _, _, weight in shares]
    parts = [part.numerator // part.denominator for part in exact]
    order = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in order[: whole - sum(parts)]:
        parts[place] += 1
    found = []
    for (who, country, _), part in zip(shares, parts, strict=True):
        upto = [sum(one[2] for one in earner.back[: n + 1]) for n in range(len(earner.back))]
        sums = [0, *(round(Fraction(part * one, earner.base)) for one in upto)]
        found.append((who, country, part, [after - before for before, after in pairwise(sums)]))
    return found


def _count(
    found: dict[Place, Fraction],
    version: Version,
    who: str,
    rows: list[tuple[Earner, int, list[int]]],
    *,
    period: date,
    claws: bool,
) -> None:
    rows = sorted(rows, key=lambda one: (one[0].day, one[0].document, one[0].line))
    gross = _earned(version, [(one.product_line, base) for one, base, _ in rows])
    net = _earned(version, [(one.product_line, base - sum(back)) for one, base, back in rows])
    for (earner, base, back), before, after in zip(rows, gross, net, strict=True):
        place = (version.code, who, earner.document, earner.line)
        found[*place, "", period] += before
        if claws and version.returns_count_at_sale:
            found[*place, "", period] += after - before
        elif claws and base:
            done, lost = 0, Fraction()
            for (document, day, _), amount in zip(earner.back, back, strict=True):
                done += amount
                upto = Fraction(round(before * 10**8 * done / base), 10**8)
                found[*place, document, _period(version.months, day)] -= upto - lost
                lost = upto


def _earned(version: Version, bases: list[tuple[str, int]]) -> list[Fraction]:
    """What each base earns, in whole units, in the order of the bases."""
    chosen = [_rule(version, product) for product, _ in bases]
    totals: dict[Rule | None, int] = defaultdict(int)
    for rule, (_, base) in zip(chosen, bases, strict=True):
        totals[rule] += base
    at: dict[Rule | None, int] = defaultdict(int)
    found, sum_before, limited_before = [], Fraction(), Fraction()
    for rule, (_, base) in zip(chosen, bases, strict=True):
        if rule is None or not base:
            found.append(Fraction())
            continue
        sum_before += _up_to(rule, at[rule] + base, totals[rule]) - _up_to(rule, at[rule], totals[rule])
        at[rule] += base
        limited = max(sum_before, Fraction(version.floor or 0, 10_000))
        limited = limited if version.cap is None else min(limited, Fraction(version.cap, 10_000))
        found.append(limited - limited_before)
        limited_before = limited
    return found


def _rule(version: Version, product: str) -> Rule | None:
    by_line = {one.product_line: one for one in version.rules}
    return by_line.get(product) or by_line.get("")


def _up_to(rule: Rule, amount: int, total: int) -> Fraction:
    """What an amount earns that is the first of a total."""
    points = 0
    if rule.kind == "RETROACTIVE":
        points = amount * [rate for first, rate in rule.bands if first <= total][-1]
    else:
        ends = [first for first, _ in rule.bands[1:]] + [10**30]
        for (first, rate), end in zip(rule.bands, ends, strict=True):
            points += max(0, min(amount, end) - first) * rate
    if rule.quota and amount > rule.quota[0]:
        points += (amount - rule.quota[0]) * rule.quota[1]
    return Fraction(points, 10**8)
