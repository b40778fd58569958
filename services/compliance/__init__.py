"""What we hold about people, and who did what: requests of data subjects, exports, the audit trail."""
