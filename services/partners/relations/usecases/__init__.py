"""The use cases of the relationship: contact log, business reviews, ratings."""
