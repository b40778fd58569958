"""Labelled sets, the fit of the weights, and the figures that they reach; for developers."""
