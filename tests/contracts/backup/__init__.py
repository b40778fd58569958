"""The contract of backup and restore, on both engines."""
