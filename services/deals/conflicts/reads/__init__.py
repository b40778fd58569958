"""What higher slices may use of conflicts: slots, accounts, and the lock under which both are written."""
