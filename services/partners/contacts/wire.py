"""Protobuf to commands and contacts to protobuf, by field name."""

from libs.call import Call
from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from services.partners.contacts import usecases
from services.partners.contacts.domain import Contact, ContactChanges

CONTACT = Mapper(Contact, pb.Contact)
ADD = Mapper(usecases.AddContact, pb.AddContactRequest)
REMOVE = Mapper(usecases.RemoveContact, pb.RemoveContactRequest)
GET = Mapper(usecases.GetContact, pb.GetContactRequest)
LIST = Mapper(usecases.ListContacts, pb.ListContactsRequest)
_CHANGES = Mapper(ContactChanges, pb.UpdateContactRequest)


def update(request: pb.UpdateContactRequest, call: Call) -> usecases.UpdateContact:
    """The command with the fields that the update mask names."""
    changes = _CHANGES.decode_masked(request)
    return usecases.UpdateContact(call=call, id=request.id, etag=request.etag, changes=changes)
