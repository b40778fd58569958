"""The pages of all capabilities, in the order in which a person who may see several cockpits sees them."""

from services.console.cockpits import channel, compliance, documents, finance, heads, partner, stock
from services.console.pages import Pages

PAGES: tuple[Pages, ...] = (
    channel.PAGES,
    partner.PAGES,
    finance.PAGES,
    compliance.PAGES,
    heads.PAGES,
    stock.PAGES,
    documents.PAGES,
)
