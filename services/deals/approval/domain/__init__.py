"""The rule, the chain of a claim, and deputies; pure and synchronous."""
