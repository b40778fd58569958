"""The rules of data quality, how a record stands to them, and findings; pure and synchronous."""
