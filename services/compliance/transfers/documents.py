"""The kinds of the transfer register and of the yearly count, with their indexes."""

from libs.store.port import Index, Kind
from services.compliance.transfers.domain.flow import TransferCount, TransferMark, TransferRecord
from services.compliance.transfers.domain.transfer import Transfer

TRANSFERS = Kind(
    "transfer", Transfer, (Index(("state", "terms.recipient_country")), Index(("terms.recipient_country",)))
)
RECORDS = Kind("transfer_record", TransferRecord, (Index(("transfer_id", "refused")), Index(("refused",))))
COUNTS = Kind("transfer_count", TransferCount, (Index(("open_year",)),))
MARKS = Kind("transfer_mark", TransferMark, (Index(("year",)),))

KINDS = (TRANSFERS, RECORDS, COUNTS, MARKS)
