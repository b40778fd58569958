"""Until when whom to tell of a breach, by law: the rows of the table `notices.csv`.

`statutory` is `no` where the law says "without delay" or the like: the term is then the vendor's own limit. A changed
row gets a higher version; a running clock keeps its own.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache

import msgspec

from libs.deadlines import Allowance
from services.compliance.breaches.domain.states import BreachRisk, NoticeAddressee, NoticeStep
from services.compliance.clocks.domain.regimes import Regime
from services.compliance.law.domain.tables import allowance_of, flag_of, table

TABLE = "notices.csv"


class NoticeRule(msgspec.Struct, frozen=True, kw_only=True):
    """One notice. critical: only for an operator of critical infrastructure, in place of the other row of the same
    notice. in_force: for breaches of which the vendor became aware from that day on. least_risk: no notice is due below
    it. checked: when the row was last compared with its source."""

    regime: Regime
    addressee: NoticeAddressee
    step: NoticeStep
    critical: bool
    version: int
    in_force: date
    allowance: Allowance
    least_risk: BreachRisk
    statutory: bool
    basis: str
    source: str
    checked: date

    @property
    def id(self) -> str:
        """The name of the rule: `gdpr.authority.initial`; that of a critical row ends with `.critical`."""
        return ".".join((*(one.name for one in self.slot), *(("critical",) * self.critical))).lower()

    @property
    def slot(self) -> tuple[Regime, NoticeAddressee, NoticeStep]:
        """The notice that the rule is about; a critical row shares it with the one that it replaces."""
        return self.regime, self.addressee, self.step


@cache
def rules() -> tuple[NoticeRule, ...]:
    """All rows of the table; ValueError or KeyError for a row that cannot be read."""
    return table("services.compliance.breaches.domain", TABLE, _rule)


def in_force(among: Sequence[NoticeRule], on: date) -> tuple[NoticeRule, ...]:
    """The rules for a breach of which the vendor became aware on this day: of each name the latest, in their order."""
    begun = sorted((one for one in among if one.in_force <= on), key=lambda one: one.in_force)
    latest = {one.id: one for one in begun}
    return tuple(one for one in among if latest.get(one.id) is one)


def _rule(row: dict[str, str]) -> NoticeRule:
    return NoticeRule(
        regime=Regime(row["regime"]),
        addressee=NoticeAddressee(row["addressee"]),
        step=NoticeStep(row["step"]),
        critical=flag_of(row["critical"]),
        version=int(row["version"]),
        in_force=date.fromisoformat(row["in_force"]),
        allowance=allowance_of(row["allowance"]),
        least_risk=BreachRisk(row["least_risk"]),
        statutory=flag_of(row["statutory"]),
        basis=row["basis"],
        source=row["source"],
        checked=date.fromisoformat(row["checked"]),
    )
