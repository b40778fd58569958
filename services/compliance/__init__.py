"""Requests of data subjects with their export packages, and the audit trail of the cell."""
