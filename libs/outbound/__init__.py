"""Calls to addresses that somebody else chose: signed webhooks, and no way into the vendor's own network."""
