"""`prm records`: downloads the record of processing of a running cell."""
