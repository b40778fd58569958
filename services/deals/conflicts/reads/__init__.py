"""The part of conflicts that higher slices may use: slots, accounts, and the lock for writing both."""
