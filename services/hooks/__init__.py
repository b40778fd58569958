"""Webhooks: who subscribed to which events, and their delivery; it knows no rule of the other services."""
