"""The use cases of the ledger."""
