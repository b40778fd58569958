"""The record of a partner and its states; pure and synchronous."""
