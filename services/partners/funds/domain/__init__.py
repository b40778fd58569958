"""The rules of funds: their ledger, requests and accruals."""
