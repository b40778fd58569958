"""What the vendor does with a partner only if two persons want it."""

from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from services.partners.documents import PARTNERS
from services.partners.usecases.decisions import TerminatePartner, terminate_partner

FOUR_EYES = FourEyes(
    Guarded(
        method="/prm.partners.v1.PartnerService/TerminatePartner",
        permission="partners.partner.terminate",
        kind=PARTNERS,
        command=TerminatePartner,
        use_case=terminate_partner,
        summary=lambda cmd, partner: f"terminate {partner.id}: {cmd.status_reason.name}",
    )
)
