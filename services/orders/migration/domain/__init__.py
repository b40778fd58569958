"""The rules of migration; pure and synchronous."""
