"""The stock of partners: what moved, what that leaves, what cannot be, and what to do; pure and synchronous."""
