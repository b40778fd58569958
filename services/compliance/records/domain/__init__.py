"""The record of processing; pure and synchronous."""
