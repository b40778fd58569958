"""Backup and restore of the stores and the keys of a cell; see README.md."""
