"""The use cases of claims: they are submitted, returned, approved and paid."""
