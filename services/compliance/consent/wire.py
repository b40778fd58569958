"""Protobuf to commands, purposes, notices and consents to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.compliance import v1 as pb
from services.compliance.consent.domain.consent import Consent
from services.compliance.consent.domain.purpose import PrivacyNotice, Purpose
from services.compliance.consent.usecases import consents, purposes

PURPOSE = Mapper(Purpose, pb.Purpose)
NOTICE = Mapper(PrivacyNotice, pb.PrivacyNotice)
CONSENT = Mapper(Consent, pb.Consent)
CHECKED = Mapper(consents.Checked, pb.CheckConsentResponse)
RECEIPT = Mapper(consents.Receipt, pb.GetConsentReceiptResponse)

PUT = Mapper(purposes.PutPurpose, pb.PutPurposeRequest)
LIST_PURPOSES = Mapper(purposes.ListPurposes, pb.ListPurposesRequest)
PUBLISH = Mapper(purposes.PublishPrivacyNotice, pb.PublishPrivacyNoticeRequest)
LIST_NOTICES = Mapper(purposes.ListPrivacyNotices, pb.ListPrivacyNoticesRequest)
GIVE = Mapper(consents.GiveConsent, pb.GiveConsentRequest)
WITHDRAW = Mapper(consents.WithdrawConsent, pb.WithdrawConsentRequest)
GET = Mapper(consents.GetConsent, pb.GetConsentRequest)
LIST = Mapper(consents.ListConsents, pb.ListConsentsRequest)
CHECK = Mapper(consents.CheckConsent, pb.CheckConsentRequest)
GET_RECEIPT = Mapper(consents.GetConsentReceipt, pb.GetConsentReceiptRequest)
