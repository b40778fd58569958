"""Tests on a Kubernetes whose commands are built from their Go modules."""
