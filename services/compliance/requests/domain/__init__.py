"""A request of a data subject and the rounds of its search; pure and synchronous."""
