"""The kind of orders attributed to requests, with its indexes."""

from libs.store.port import Index, Kind
from services.partners.fund_returns.domain import FundAttribution

ATTRIBUTIONS = Kind("fund_attribution", FundAttribution, (Index(("funding_request_id",)),), owner="partner_id")

KINDS = (ATTRIBUTIONS,)
