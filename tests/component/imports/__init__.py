"""The import against services that run."""
