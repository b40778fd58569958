"""The rules of deliveries."""
