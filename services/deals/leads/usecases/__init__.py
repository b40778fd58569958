"""The use cases of leads: intake, distribution, answers of partners, the pool, and what is shown."""
