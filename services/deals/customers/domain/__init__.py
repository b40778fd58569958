"""The rules of end customers: whose claims are on one customer, histories, merges; pure and synchronous."""
