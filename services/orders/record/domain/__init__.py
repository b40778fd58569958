"""Orders with their states, and the goods that were shipped; pure and synchronous."""
