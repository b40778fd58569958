"""The rules of returns; pure and synchronous."""
