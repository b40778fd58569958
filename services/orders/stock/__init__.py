"""The stock of partners: what they got, what they report, what that leaves, and what cannot be."""
