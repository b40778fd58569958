"""The data of laws that several slices use; pure and synchronous."""
