"""A node of the cluster, and a cell whose pods run on it."""
