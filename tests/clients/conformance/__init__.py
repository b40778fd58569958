"""The conformance suite of the Connect project, against the JSON face."""
