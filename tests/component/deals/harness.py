"""Deals without its process: claims in every state, what peers told, and the jobs."""

from datetime import timedelta
from typing import Any

from libs import partner_projection
from libs.clock import SteppedClock
from libs.country import Directory
from libs.cross_checks.subjects import CheckPolicy
from libs.partner import PartnerFacts, PartnerStatus, TerritoryFacts
from libs.privacy.keys import Keys
from libs.store.port import Store
from services.deals.claims import usecases as drafts
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Customer, Registration, RegistrationLine
from services.deals.conflicts import usecases as conflicts
from services.deals.conflicts.domain.matching import Conflict
from services.deals.conversion import usecases as conversion
from services.deals.protection import usecases as protection
from services.deals.review import usecases as decisions
from services.deals.service import COMPOSITION
from services.deals.settings import Policy, Settings
from tests.builders import a_call, an_id
from tests.component.replica import Replica, Shelf

PARTNER, RIVAL = an_id("ptn"), an_id("ptn", 2)
ROUTERS = RegistrationLine(sku="RTR-1", product_line="ROUTERS", quantity=2)
ACME = Customer(legal_name="Acme GmbH", country="DE", domain="acme.de")


def a_customer(name: str, country: str = "DE") -> Customer:
    """A customer of that name, with a domain of nobody else's."""
    return Customer(legal_name=name, country=country, domain=f"{name.encode().hex()}.example")


class Harness(Replica[Settings]):
    """One replica of deals."""

    def __init__(
        self,
        store: Store,
        keys: Keys,
        *,
        clock: SteppedClock | None = None,
        policy: Policy | None = None,
        directory: Directory | None = None,
        checks: CheckPolicy | None = None,
    ) -> None:
        self.shelf = Shelf()
        super().__init__(
            "deals",
            store,
            keys=keys,
            objects=self.shelf,
            encode=COMPOSITION.encode,
            settings=Settings(policy=policy or Policy(), checks=checks or CheckPolicy()),
            clock=clock,
            directory=directory,
            partners=COMPOSITION.partners,
        )

    async def partner(self, id: str = PARTNER, status: PartnerStatus = PartnerStatus.ACTIVE, **facts: Any) -> None:
        """As if the partner's event had come."""
        fact = PartnerFacts(id=id, status=status, **{"facts_version": 1, "country": "DE", **facts})
        await self.env.run(
            partner_projection.project_partner, partner_projection.ProjectPartner(call=a_call(), fact=fact)
        )

    async def territory(self, number: int = 1, *, partner: str = RIVAL, **facts: Any) -> None:
        """As if the grant's event had come."""
        content = {"facts_version": 1, "country": "DE", "exclusive": True, **facts}
        fact = TerritoryFacts(id=an_id("trr", number), partner_id=partner, **content)
        await self.env.run(
            partner_projection.project_territory, partner_projection.ProjectTerritory(call=a_call(), fact=fact)
        )

    async def draft(self, partner: str = PARTNER, **fields: Any) -> Registration:
        """A new claim, on Acme's routers unless told otherwise."""
        content = {"customer": ACME, "lines": (ROUTERS,), **fields}
        return await self.run(drafts.create_registration, drafts.CreateRegistration, partner_id=partner, **content)

    async def submit(self, reg: Registration, **fields: Any) -> Registration:
        """Claim the customer."""
        return await self.run(decisions.submit_registration, decisions.SubmitRegistration, id=reg.id, **fields)

    async def claimed(self, partner: str = PARTNER, **fields: Any) -> Registration:
        """A claim under review."""
        reg = await self.submit(await self.draft(partner, **fields))
        return await self.run(decisions.start_review, decisions.StartReview, id=reg.id)

    async def approve(self, reg: Registration, **fields: Any) -> Registration:
        """Protect it."""
        return await self.run(decisions.approve_registration, decisions.ApproveRegistration, id=reg.id, **fields)

    async def approved(self, partner: str = PARTNER, **fields: Any) -> Registration:
        """A claim that is protected."""
        return await self.approve(await self.claimed(partner, **fields))

    async def withdraw(self, reg: Registration) -> Registration:
        """Give it up."""
        return await self.run(protection.withdraw_registration, protection.WithdrawRegistration, id=reg.id)

    async def convert(self, reg: Registration, currency: str = "EUR") -> Registration:
        """Win it."""
        command = conversion.ConvertRegistration
        return await self.run(conversion.convert_registration, command, id=reg.id, currency=currency)

    async def conflicts(self, reg: Registration) -> tuple[Conflict, ...]:
        """The rivals in their present state."""
        found, _ = await self.look(conflicts.list_conflicts, conflicts.ListConflicts, registration_id=reg.id)
        return found

    async def reg(self, reg: Registration) -> Registration:
        """The claim as it is now."""
        return await self.value(REGISTRATIONS, reg.id)

    def days(self, count: float) -> None:
        """Time passes."""
        self.clock.advance(timedelta(days=count))
