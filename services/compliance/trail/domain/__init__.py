"""Entries of the trail, and the chain they are in; pure and synchronous."""
