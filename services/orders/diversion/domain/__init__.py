"""Where pieces may be seen, what a sighting means, and cases about pieces seen outside; pure and synchronous."""
