"""The document that describes the JSON face."""
