"""The use cases of the pipeline."""
