"""The rules of compliance, pure and synchronous."""
