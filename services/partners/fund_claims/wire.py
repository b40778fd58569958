"""Protobuf to commands, and claims to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from services.partners.fund_claims.domain import FundClaim
from services.partners.fund_claims.usecases import claims

CLAIM = Mapper(FundClaim, pb.FundClaim)

SUBMIT = Mapper(claims.SubmitFundClaim, pb.SubmitFundClaimRequest)
RESUBMIT = Mapper(claims.ResubmitFundClaim, pb.ResubmitFundClaimRequest)
RETURN = Mapper(claims.ReturnFundClaim, pb.ReturnFundClaimRequest)
APPROVE = Mapper(claims.ApproveFundClaim, pb.ApproveFundClaimRequest)
PAY = Mapper(claims.PayFundClaim, pb.PayFundClaimRequest)
GET = Mapper(claims.GetFundClaim, pb.GetFundClaimRequest)
LIST = Mapper(claims.ListFundClaims, pb.ListFundClaimsRequest)
