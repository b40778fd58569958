"""Leads: their states, transitions, scores and accounts; pure and synchronous."""
