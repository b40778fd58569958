"""The rules of breaches; pure and synchronous."""
