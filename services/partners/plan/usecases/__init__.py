"""The use cases of plans: writing and agreeing to them, initiatives, and what is reached."""
