"""The kind of the packages that were handed out."""

from libs.store.port import Index, Kind
from services.compliance.package.domain.handed_out import HandedOutPackage

PACKAGES = Kind("handed_out_package", HandedOutPackage, (Index(("case_id",)),))

KINDS = (PACKAGES,)
