"""Rules of conduct, cases and points; pure and synchronous."""
