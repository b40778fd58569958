"""Encrypts the personal data of documents where they meet the store; see README.md of libs/privacy."""
