"""The gRPC side of segmentations: decode, call one use case, encode."""

from libs.call import Call
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.segmentation import wire
from services.partners.segmentation.usecases import models, results
from services.partners.settings import Env


class Api:
    """The RPCs of models, runs and segments."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def DraftSegmentationModel(
        self, request: pb.DraftSegmentationModelRequest, call: Call
    ) -> pb.DraftSegmentationModelResponse:
        done = await self._env.run(models.draft_segmentation_model, wire.DRAFT.decode(request, call=call))
        return pb.DraftSegmentationModelResponse(segmentation_model=wire.MODEL.encode(done))

    async def PublishSegmentationModel(
        self, request: pb.PublishSegmentationModelRequest, call: Call
    ) -> pb.PublishSegmentationModelResponse:
        done = await self._env.run(models.publish_segmentation_model, wire.PUBLISH_MODEL.decode(request, call=call))
        return pb.PublishSegmentationModelResponse(segmentation_model=wire.MODEL.encode(done))

    async def WithdrawSegmentationModel(
        self, request: pb.WithdrawSegmentationModelRequest, call: Call
    ) -> pb.WithdrawSegmentationModelResponse:
        done = await self._env.run(models.withdraw_segmentation_model, wire.WITHDRAW_MODEL.decode(request, call=call))
        return pb.WithdrawSegmentationModelResponse(segmentation_model=wire.MODEL.encode(done))

    async def GetSegmentationModel(
        self, request: pb.GetSegmentationModelRequest, call: Call
    ) -> pb.GetSegmentationModelResponse:
        found = await models.get_segmentation_model(self._env, wire.GET_MODEL.decode(request, call=call))
        return pb.GetSegmentationModelResponse(segmentation_model=wire.MODEL.encode(found))

    async def ListSegmentationModels(
        self, request: pb.ListSegmentationModelsRequest, call: Call
    ) -> pb.ListSegmentationModelsResponse:
        page = await models.list_segmentation_models(self._env, wire.LIST_MODELS.decode(request, call=call))
        found = [wire.MODEL.encode(loaded.value) for loaded in page.rows]
        return pb.ListSegmentationModelsResponse(segmentation_models=found, **page_end(page))

    async def GetSegmentation(self, request: pb.GetSegmentationRequest, call: Call) -> pb.GetSegmentationResponse:
        return wire.segmentation(await results.get_segmentation(self._env, wire.GET.decode(request, call=call)))

    async def ListSegmentations(self, request: pb.ListSegmentationsRequest, call: Call) -> pb.ListSegmentationsResponse:
        page = await results.list_segmentations(self._env, wire.LIST_QUARTERS.decode(request, call=call))
        found = [wire.QUARTER.encode(loaded.value) for loaded in page.rows]
        return pb.ListSegmentationsResponse(segmentations=found, **page_end(page))

    async def ListSegments(self, request: pb.ListSegmentsRequest, call: Call) -> pb.ListSegmentsResponse:
        return wire.segments(await results.list_segments(self._env, wire.LIST.decode(request, call=call)))

    async def GetPartnerSegment(self, request: pb.GetPartnerSegmentRequest, call: Call) -> pb.GetPartnerSegmentResponse:
        found = await results.get_partner_segment(self._env, wire.GET_PARTNER.decode(request, call=call))
        return pb.GetPartnerSegmentResponse(partner_segment=wire.PARTNER_SEGMENT.encode(found))
