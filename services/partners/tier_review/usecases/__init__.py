"""The use cases of memberships, reviews and progress."""
