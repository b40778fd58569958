"""The kind of the directory's rows, with its indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.partners.directory.domain import Organisation

ORGANISATIONS = Kind(
    "organisation",
    Organisation,
    (*serving("listed", orders=("", "update_time")), Index(("cell",)), Index(("country",)), Index(("status",))),
)

KINDS = (ORGANISATIONS,)
