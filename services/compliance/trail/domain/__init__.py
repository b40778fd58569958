"""Entries of the trail, and the hash chain that contains them; pure and synchronous."""
