"""The rules of an order up to its confirmation; pure and synchronous."""
