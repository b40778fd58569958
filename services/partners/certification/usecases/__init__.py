"""The use cases of tracks and gates, of completions, and of the explanation of a partner's certificates."""
