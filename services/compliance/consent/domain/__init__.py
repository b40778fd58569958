"""The rules of purposes and consents; pure and synchronous."""
