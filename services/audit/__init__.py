"""`prm audit`: exports the audit trail of a cell, and verifies an export. It has no state and serves no calls."""
