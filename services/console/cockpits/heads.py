"""The general manager, the head of a region, the head of marketing: figures, and what they are made of."""

from services.console.pages import Chart, Cockpit, Document, List, Pages
from services.console.wording import N_

_BY_COUNTRY = {"group_by": "FORECAST_GROUP_COUNTRY"}

PAGES = Pages(
    lists=(
        List(
            name="forecast",
            title=N_("Forecast"),
            method="deals.GetForecast",
            columns=(
                *("window", "month", "currency", "key", "deal_count", "pipeline_amount", "best_case_amount"),
                *("commit_amount", "closed_amount", "weighted_amount"),
            ),
            filters=("group_by", "partner_id", "country"),
        ),
        List(
            name="accuracy",
            title=N_("Accuracy of the forecast"),
            method="deals.GetForecastAccuracy",
            columns=("snapshot_month", "currency", "deal_count", "forecast_amount", "actual_amount"),
            filters=("first_month", "last_month", "country"),
        ),
        List(
            name="pipeline",
            title=N_("Pipeline"),
            method="deals.ListPipelineDeals",
            columns=("id", "partner_id", "country", "state", "stage", "expected_amount", "expected_close_date"),
            filters=("partner_id", "state", "closed_since", "closed_before", "unexplained"),
        ),
        List(
            name="slipped",
            title=N_("Deals that slipped"),
            method="deals.ListSlippedDeals",
            columns=(
                *("id", "partner_id", "stage", "expected_amount", "expected_close_date"),
                *("first_expected_close_date", "postponed_count"),
            ),
            filters=("partner_id",),
        ),
        List(
            name="win-rates",
            title=N_("Win rates"),
            method="deals.GetWinRates",
            columns=("key", "won_count", "closed_count", "rate_basis_points", "state"),
            filters=("group_by", "closed_since", "closed_before", "country", "product_line"),
        ),
        List(
            name="segments",
            title=N_("Who changed class"),
            method="partners.ListSegments",
            columns=("partner_id", "revenue", "class_code", "class_before", "life_cycle", "moved"),
            filters=("model_code", "quarter", "class_code", "life_cycle", "moved_only"),
        ),
        List(
            name="facts",
            title=N_("Revenue and other facts"),
            method="partners.ListFacts",
            columns=("partner_id", "metric", "month", "country", "product_line", "own", "downline"),
            filters=("metric", "country", "partner_id", "product_line", "month_from", "month_before"),
        ),
        List(
            name="enrolments",
            title=N_("Partners by tier"),
            method="partners.ListEnrolments",
            columns=("partner_id", "program", "level.code", "earned.code", "state", "review_last_day"),
            filters=("program", "state"),
        ),
        List(
            name="quality-findings",
            title=N_("Findings about master data"),
            method="partners.ListQualityFindings",
            columns=("partner_id", "rule", "dimension", "field", "state", "open_time"),
            filters=("partner_id", "dimension", "state"),
        ),
        List(
            name="campaigns",
            title=N_("Campaigns"),
            method="deals.ListCampaigns",
            columns=("id", "name", "kind", "state", "country", "first_day", "last_day", "planned_cost", "actual_cost"),
            filters=("state", "kind"),
            acts=("deals.CreateCampaign",),
        ),
        List(
            name="funds",
            title=N_("Funds"),
            method="partners.ListFunds",
            columns=("id", "partner_id", "name", "state", "accrued", "reserved", "spent", "available"),
            filters=("state", "partner_id", "currency"),
        ),
        List(
            name="funding-requests",
            title=N_("Funding requests"),
            method="partners.ListFundingRequests",
            columns=("id", "partner_id", "title", "activity_type", "state", "amount", "expected_revenue"),
            filters=("state", "partner_id"),
        ),
    ),
    documents=(
        Document(
            prefix="cmp",
            title=N_("Campaign"),
            method="deals.GetCampaign",
            field="campaign",
            heading="name",
            acts=("deals.UpdateCampaign", "deals.MoveCampaign", "deals.InvitePartner"),
        ),
        Document(prefix="fnd", title=N_("Fund"), method="partners.GetFund", field="fund", heading="name"),
        Document(
            prefix="frq",
            title=N_("Funding request"),
            method="partners.GetFundingRequest",
            field="funding_request",
            heading="title",
            acts=("partners.ApproveFundingRequest", "partners.RejectFundingRequest", "partners.SubmitFundClaim"),
        ),
    ),
    charts=(
        Chart(
            name="accuracy",
            title=N_("Forecast and what came of it"),
            method="deals.GetForecastAccuracy",
            labels=("snapshot_month",),
            whole="accuracy",
            value="actual_amount",
        ),
        Chart(
            name="pipeline-by-country",
            title=N_("Pipeline by country"),
            method="deals.GetForecast",
            labels=("key", "window", "month"),
            whole="forecast",
            value="pipeline_amount",
            fixed=_BY_COUNTRY,
        ),
        Chart(
            name="weighted-by-country",
            title=N_("Weighted forecast by country"),
            method="deals.GetForecast",
            labels=("key", "window", "month"),
            whole="forecast",
            value="weighted_amount",
            fixed=_BY_COUNTRY,
        ),
        Chart(
            name="fund-budgets",
            title=N_("What is left of the funds"),
            method="partners.ListFunds",
            labels=("name", "partner_id"),
            whole="funds",
            value="available",
        ),
    ),
    cockpits=(
        Cockpit(
            name="general",
            title=N_("General manager"),
            permission="partners.scorecard_model.publish",
            charts=("pipeline-by-country", "weighted-by-country", "accuracy"),
            waiting=("slipped", "conduct-cases", "segments"),
            lists=("facts", "forecast", "win-rates", "enrolments", "campaigns", "funds", "quality-findings"),
        ),
        Cockpit(
            name="region",
            title=N_("Region"),
            permission="partners.scorecard_model.publish",
            charts=("pipeline-by-country", "weighted-by-country"),
            waiting=("partner-decisions", "claims-reviewed", "slipped", "handovers"),
            lists=(
                *("forecast", "accuracy", "win-rates", "pipeline", "scorecards", "segments", "partners", "plans"),
                "returns-on-investment",
            ),
        ),
        Cockpit(
            name="marketing",
            title=N_("Marketing"),
            permission="deals.campaign.create",
            charts=("fund-budgets",),
            waiting=("campaigns", "funding-requests"),
            lists=("funds", "fund-claims", "leads"),
        ),
    ),
)
