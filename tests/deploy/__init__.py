"""Tests of the deployment: every cell is rendered and checked, and the image is built and run."""
