"""The rules of funds: their ledger, requests, claims and accruals."""
