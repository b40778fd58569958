"""The erasure ledger of a service: what was erased, by random ids alone, apart from the data; see README.md."""
