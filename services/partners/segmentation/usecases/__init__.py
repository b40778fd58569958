"""The use cases of models, of runs, and of what they found."""
