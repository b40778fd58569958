"""The register of breaches of the security of personal data, and the notices that laws ask for."""

from libs.slices import Slice
from services.compliance.breaches.documents import KINDS
from services.compliance.breaches.usecases.register import FOUR_EYES

SLICE = Slice(kinds=KINDS, guarded=FOUR_EYES.guarded)
