"""The pages of all capabilities, in the order in which a person who may see several cockpits sees them."""

from services.console.cockpits import (
    agreed,
    channel,
    compliance,
    documents,
    finance,
    goods,
    heads,
    operator,
    partner,
    stock,
)
from services.console.pages import Pages

PAGES: tuple[Pages, ...] = (
    channel.PAGES,
    partner.PAGES,
    finance.PAGES,
    compliance.PAGES,
    heads.PAGES,
    goods.PAGES,
    stock.PAGES,
    documents.PAGES,
    agreed.PAGES,
    operator.PAGES,
)
