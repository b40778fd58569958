"""Ledgers with one fault each: the modules of the domain with one piece of their text replaced."""

import importlib
import inspect
from types import ModuleType

from tests.unit.orders.ledger.histories import Rules

_DOMAIN = "services.orders.ledger.domain"
_MODULES = ("sources", "crediting", "rating", "counting", "posting")

FAULTS: dict[str, tuple[str, str, str]] = {
    "reversals exceed the line": ("sources", "min(max(base, 0), self.left)", "max(base, 0)"),
    "a return takes the whole line": (
        "sources",
        "before + part.quantity, line.quantity",
        "line.quantity, line.quantity",
    ),
    "a return counts twice on orders": (
        "sources",
        "for one in sale.notes if not one.for_goods",
        "for one in sale.notes",
    ),
    "credit notes do not count": ("sources", "lines[place] = lines[place].less", "lines[place].less"),
    "a payment counts without its invoice": (
        "sources",
        "in sale.settled if one.invoice_id == invoice.id",
        "in sale.settled",
    ),
    "credit notes leave what was paid": ("sources", "invoice.payable - credited", "invoice.payable"),
    "the first payment is taken back first": ("sources", "range(len(kept) - 1, -1, -1)", "range(len(kept))"),
    "splits are rounded down": ("crediting", "by_rest[: whole - sum(floors)]", "by_rest[:0]"),
    "the rest goes to the smallest remainder": ("crediting", "-(whole * weights", "(whole * weights"),
    "nothing is converted": ("crediting", "if fx is None:", "if True:"),
    "costs are left out": ("crediting", " - _cost(line, plan)", ""),
    "a cost counts once for all pieces": ("crediting", "costs[line.sku] * line.quantity", "costs[line.sku]"),
    "retroactive bands do not look back": ("rating", "if band.holds(total)", "if band.holds(at)"),
    "each line begins at the first band": ("rating", "reached[rule.code] += base", "pass"),
    "the accelerator pays for all": ("rating", "_overlap(extra.above_amount.amount, None", "_overlap(0, None"),
    "the cap is forgotten": ("rating", "min(amount, plan.most * PER_MONEY)", "amount"),
    "the floor is forgotten": ("rating", "if plan.floor is not None", "if False"),
    "everybody gives back": ("rating", "if not claws", "if False"),
    "a return counts in the period of the sale": (
        "rating",
        "plan, line, one.day, clawback",
        "plan, line, line.day, clawback",
    ),
    "what comes back is not computed again": (
        "rating",
        "[one.left for one in ordered]",
        "[one.base for one in ordered]",
    ),
    "a line is rated by another version": ("counting", "on=line.day", "on=sale.day"),
    "the whole is posted again": (
        "posting",
        "(target.amount if target else 0) - has,",
        "target.amount if target else 0,",
    ),
    "what is gone stays": ("posting", "sorted({*wanted, *before})", "sorted(wanted)"),
    "closed periods change": ("posting", "if account.closed_until is None or", "if True or"),
    "an adjustment skips a period": ("posting", "timedelta(days=1))", "timedelta(days=40))"),
}


def with_fault(fault: str) -> Rules:
    """The functions of the domain with this fault."""
    module, old, new = FAULTS[fault]
    made: dict[str, ModuleType] = {}
    for name in _MODULES:
        source = inspect.getsource(importlib.import_module(f"{_DOMAIN}.{name}"))
        if name == module:
            assert source.count(old) >= 1, f"{fault}: the text is gone"
            source = source.replace(old, new)
        made[name] = _module(name, source, made)
    return Rules(made["counting"].counted, made["rating"].targets, made["posting"].postings)


def _module(name: str, source: str, before: dict[str, ModuleType]) -> ModuleType:
    """A module of this text that uses those made before instead of the real ones, and the tuples of the real ones."""
    made = ModuleType(f"{_DOMAIN}.{name}")
    exec(compile(source, name, "exec"), made.__dict__)  # the product's own text
    real = vars(importlib.import_module(made.__name__))
    papers = {held: value for held, value in real.items() if isinstance(value, type) and issubclass(value, tuple)}
    changed = {held: getattr(one, held) for one in before.values() for held in vars(one) if held in made.__dict__}
    made.__dict__.update(changed | papers)
    return made
