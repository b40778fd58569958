"""The rules of handling: transitions, comments, refusals; pure and synchronous."""
