"""`prm incentives` and `prm ledger`: publish incentive plans from files, and look after what they pay."""
