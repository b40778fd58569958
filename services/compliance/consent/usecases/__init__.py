"""The use cases of consent: purposes and notices, consents, receipts."""
