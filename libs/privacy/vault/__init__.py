"""The keys under which stored personal data is encrypted, in a key store apart from the data; see README.md."""
