"""The use cases of funds, requests and claims."""
