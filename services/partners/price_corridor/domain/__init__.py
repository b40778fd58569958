"""Corridors, the law about their bounds, and the check of a price; pure and synchronous."""
