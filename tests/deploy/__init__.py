"""What would be deployed: every cell rendered and checked, and the image built and run."""
