"""Protobuf to commands, and tracks, gates and completions to protobuf, by field name."""

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.partners import v1 as pb
from services.partners.certification.domain.certificates import Explained
from services.partners.certification.domain.completions import Completion
from services.partners.certification.domain.tracks import Gate, Track
from services.partners.certification.usecases import catalogue, completions
from services.partners.contacts.events import ContactRemoved

TRACK = Mapper(Track, pb.Track)
GATE = Mapper(Gate, pb.Gate)
_COMPLETION = Mapper(Completion, pb.Completion)
EXPLAINED = Mapper(Explained, pb.GetCertificationResponse)
CREATE_TRACK = Mapper(catalogue.CreateTrack, pb.CreateTrackRequest)
LIST_TRACKS = Mapper(catalogue.ListTracks, pb.ListTracksRequest)
SET_GATE = Mapper(catalogue.SetGate, pb.SetGateRequest)
LIST_GATES = Mapper(catalogue.ListGates, pb.ListGatesRequest)
RECORD = Mapper(completions.RecordCompletion, pb.RecordCompletionRequest)
REVOKE = Mapper(completions.RevokeCompletion, pb.RevokeCompletionRequest)
LIST = Mapper(completions.ListCompletions, pb.ListCompletionsRequest)
GET = Mapper(completions.GetCertification, pb.GetCertificationRequest)


def completion(found: Completion) -> pb.Completion:
    """A completion as it is shown."""
    return _COMPLETION.encode(found, person_id=found.holder.person_id)


def forget(envelope: Envelope, call: Call) -> completions.ForgetPerson:
    """The command for the event that a contact was removed."""
    told = EventCodec.decode(envelope, ContactRemoved)
    return completions.ForgetPerson(call=call, contact_id=told.contact_id, partner_id=told.partner_id)
