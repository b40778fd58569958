"""A partners service without its process: real use cases on a real store, and what it told the others."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from libs.country import Directory, RegistrationIdType
from libs.partner import PartnerStatus
from libs.privacy.keys import Keys
from libs.store.port import Document, Page, Store
from services.partners.application.domain import PartnerChanges
from services.partners.application.usecases import applications, transitions
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.profile import Profile
from services.partners.record.domain.states import PartnerKind, StatusReason
from services.partners.service import COMPOSITION
from services.partners.settings import Settings
from tests.component.replica import Replica, Shelf

VAT_NUMBERS = ("136695976", "129274202", "811191002", "812526315", "119141180")

R = TypeVar("R", bound=msgspec.Struct)
D = TypeVar("D", bound=Document)
T = TypeVar("T")


class Harness(Replica[Settings]):
    """One replica of partners."""

    def __init__(self, store: Store, keys: Keys, *, directory: Directory | None = None) -> None:
        self.shelf = Shelf()
        super().__init__(
            "partners",
            store,
            keys=keys,
            objects=self.shelf,
            encode=COMPOSITION.encode,
            settings=Settings(),
            directory=directory,
            partners=COMPOSITION.partners,
        )

    async def pages(
        self, use_case: Callable[[Any, Any], Awaitable[Page[D]]], command: type[Any], **fields: Any
    ) -> list[D]:
        """Every row of a listing, page by page."""
        found: list[D] = []
        token = ""
        while True:
            page = await self.look(use_case, command, page_token=token, **fields)
            found += [loaded.value for loaded in page.rows]
            if not (token := page.next_cursor):
                return found

    async def apply(self, *, parent: str = "", request_id: str = "", **fields: Any) -> Partner:
        """A new partner, a reseller in Germany without a registration id unless told otherwise."""
        profile = a_profile(**fields)
        return await self.run(
            applications.apply_partner,
            applications.ApplyPartner,
            profile=profile,
            parent_partner_id=parent,
            request_id=request_id,
        )

    async def active(self, *, number: int = 0, **fields: Any) -> Partner:
        """A partner that has been approved."""
        registered = {"registration_id": VAT_NUMBERS[number], "registration_id_type": RegistrationIdType.VAT}
        partner = await self.apply(**{**registered, **fields})
        await self.run(transitions.start_vetting, transitions.StartVetting, id=partner.id)
        return await self.run(transitions.approve_partner, transitions.ApprovePartner, id=partner.id)

    async def distributor(self, *, parent: str = "", **fields: Any) -> Partner:
        """An applicant others may buy from."""
        return await self.apply(kind=PartnerKind.DISTRIBUTOR, parent=parent, **fields)

    async def update(self, id: str, *, etag: str = "", request_id: str = "", **changes: Any) -> Partner:
        """Set the fields that are named."""
        return await self.run(
            applications.update_partner,
            applications.UpdatePartner,
            id=id,
            etag=etag,
            changes=PartnerChanges(**changes),
            request_id=request_id,
        )

    async def end(self, partner: Partner) -> Partner:
        """Reject an applicant, terminate a partner."""
        fields = {"id": partner.id, "status_reason": StatusReason.OTHER}
        if partner.status in (PartnerStatus.APPLIED, PartnerStatus.VETTING):
            return await self.run(transitions.reject_partner, transitions.RejectPartner, **fields)
        return await self.run(transitions.terminate_partner, transitions.TerminatePartner, **fields)


def a_profile(**fields: Any) -> Profile:
    """A reseller in Germany."""
    return Profile(**{"kind": PartnerKind.RESELLER, "legal_name": "Zweirad Union", "country": "DE", **fields})
