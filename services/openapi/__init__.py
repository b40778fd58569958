"""`prm openapi`: the document from which a client of the JSON face is generated."""
