"""An organisation as the cells state it to each other, and which partners are organisations."""

from datetime import datetime

from msgspec.structs import replace

from libs.document import Document
from libs.partner import PartnerStatus
from services.partners.directory.events import OrganisationStated
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.states import ADMITTED


class Organisation(Document, frozen=True, kw_only=True):
    """A row of the directory. cell: the home of the organisation. stated: the version of the statement that it comes
    from, by which older ones are recognised. listed: False if it was taken out; then nothing else is kept of it."""

    cell: str
    legal_name: str
    status: PartnerStatus
    tier: str
    country: str
    listed: bool
    stated: int
    create_time: datetime
    update_time: datetime


def may_be_listed(partner: Partner) -> bool:
    """Whether other cells may hear of a partner: it is in business, and no person trades under its name."""
    return not partner.sole_trader and partner.status in ADMITTED


def statement_of(partner: Partner, before: Organisation | None) -> OrganisationStated | None:
    """What this cell has to state about a partner; None if there is nothing new. A partner that ends stays in the
    directory with its status; one that turns out to be a sole trader is taken out."""
    known = before is not None and before.listed
    if not known and not may_be_listed(partner):
        return None
    listed = not partner.sole_trader
    found = OrganisationStated(
        organisation_id=partner.id,
        legal_name=partner.legal_name if listed else "",
        status=partner.status,
        tier=partner.tier if listed else "",
        country=partner.country,
        listed=listed,
    )
    return None if before is not None and found == _stated(before) else found


def learned(
    statement: OrganisationStated, before: Organisation | None, *, cell: str, version: int, now: datetime
) -> Organisation:
    """The row after a statement. version: of the statement."""
    found = Organisation(
        id=statement.organisation_id,
        cell=cell,
        legal_name=statement.legal_name,
        status=statement.status,
        tier=statement.tier,
        country=statement.country,
        listed=statement.listed,
        stated=version,
        create_time=now,
        update_time=now,
    )
    return found if before is None else replace(found, version=before.version, create_time=before.create_time)


def _stated(row: Organisation) -> OrganisationStated:
    return OrganisationStated(
        organisation_id=row.id,
        legal_name=row.legal_name,
        status=row.status,
        tier=row.tier,
        country=row.country,
        listed=row.listed,
    )
