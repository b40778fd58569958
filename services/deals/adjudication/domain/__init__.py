"""The rule, the ledger, the proposal, and the life of a case; pure and synchronous."""
