"""The rule, what a customer has ordered, runs and their rows; pure and synchronous."""
