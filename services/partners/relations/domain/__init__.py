"""Contacts with a partner, business reviews with their effect, and ratings of distributors."""
