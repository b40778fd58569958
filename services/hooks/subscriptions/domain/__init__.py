"""The rules of subscriptions."""
