"""The rules of transfers; pure and synchronous."""
