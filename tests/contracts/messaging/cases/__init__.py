"""The cases of the contract; each takes a World and is named after the rule it shows."""
