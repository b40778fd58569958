"""From the documents of an order to the entries of the ledger; pure and synchronous."""
