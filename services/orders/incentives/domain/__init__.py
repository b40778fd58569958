"""Versions of incentive plans, and what may be published; pure and synchronous."""
