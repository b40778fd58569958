"""The gRPC side of consent: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.compliance import v1 as pb
from libs.store.paging import page_end
from services.compliance.consent import wire
from services.compliance.consent.usecases import consents, purposes
from services.compliance.consent.wire import CONSENT, NOTICE, PURPOSE
from services.compliance.settings import Env


class Api:
    """The RPCs of purposes, notices and consents."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def PutPurpose(self, request: pb.PutPurposeRequest, call: Call) -> pb.PutPurposeResponse:
        put = await self._env.run(purposes.put_purpose, wire.PUT.decode(request, call=call))
        return pb.PutPurposeResponse(purpose=PURPOSE.encode(put))

    async def ListPurposes(self, request: pb.ListPurposesRequest, call: Call) -> pb.ListPurposesResponse:
        page = await purposes.list_purposes(self._env, wire.LIST_PURPOSES.decode(request, call=call))
        found = [PURPOSE.encode(loaded.value) for loaded in page.rows]
        return pb.ListPurposesResponse(purposes=found, next_page_token=page.next_cursor)

    async def PublishPrivacyNotice(
        self, request: pb.PublishPrivacyNoticeRequest, call: Call
    ) -> pb.PublishPrivacyNoticeResponse:
        notice = await self._env.run(purposes.publish_privacy_notice, wire.PUBLISH.decode(request, call=call))
        return pb.PublishPrivacyNoticeResponse(notice=NOTICE.encode(notice))

    async def ListPrivacyNotices(
        self, request: pb.ListPrivacyNoticesRequest, call: Call
    ) -> pb.ListPrivacyNoticesResponse:
        page = await purposes.list_privacy_notices(self._env, wire.LIST_NOTICES.decode(request, call=call))
        found = [NOTICE.encode(loaded.value) for loaded in page.rows]
        return pb.ListPrivacyNoticesResponse(notices=found, next_page_token=page.next_cursor)

    async def GiveConsent(self, request: pb.GiveConsentRequest, call: Call) -> pb.GiveConsentResponse:
        consent = await self._env.run(consents.give_consent, wire.GIVE.decode(request, call=call))
        return pb.GiveConsentResponse(consent=CONSENT.encode(consent))

    async def WithdrawConsent(self, request: pb.WithdrawConsentRequest, call: Call) -> pb.WithdrawConsentResponse:
        consent = await self._env.run(consents.withdraw_consent, wire.WITHDRAW.decode(request, call=call))
        return pb.WithdrawConsentResponse(consent=CONSENT.encode(consent))

    async def GetConsent(self, request: pb.GetConsentRequest, call: Call) -> pb.GetConsentResponse:
        found = await consents.get_consent(self._env, wire.GET.decode(request, call=call))
        return pb.GetConsentResponse(consent=CONSENT.encode(found))

    async def ListConsents(self, request: pb.ListConsentsRequest, call: Call) -> pb.ListConsentsResponse:
        page = await consents.list_consents(self._env, wire.LIST.decode(request, call=call))
        found = [CONSENT.encode(loaded.value) for loaded in page.rows]
        return pb.ListConsentsResponse(consents=found, **page_end(page))

    async def CheckConsent(self, request: pb.CheckConsentRequest, call: Call) -> pb.CheckConsentResponse:
        return wire.CHECKED.encode(await consents.check_consent(self._env, wire.CHECK.decode(request, call=call)))

    async def GetConsentReceipt(self, request: pb.GetConsentReceiptRequest, call: Call) -> pb.GetConsentReceiptResponse:
        made = await consents.get_consent_receipt(self._env, wire.GET_RECEIPT.decode(request, call=call))
        return wire.RECEIPT.encode(made)
