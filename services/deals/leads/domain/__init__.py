"""Leads: their states, scores, distribution and accounts; pure and synchronous."""
