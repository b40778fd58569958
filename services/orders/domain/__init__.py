"""The rules of orders, pure and synchronous."""
