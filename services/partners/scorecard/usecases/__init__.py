"""The use cases of models, ratings and cards, and those of the jobs that close and revise cards."""
