"""The rules of the pipeline; pure and synchronous."""
