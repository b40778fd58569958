"""Protobuf to commands and organisations to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from services.partners.directory import usecases
from services.partners.directory.domain import Organisation

ORGANISATION = Mapper(Organisation, pb.Organisation)
LOOKUP = Mapper(usecases.LookupOrganisation, pb.LookupOrganisationRequest)
LIST = Mapper(usecases.ListOrganisations, pb.ListOrganisationsRequest)
