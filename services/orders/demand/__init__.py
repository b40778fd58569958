"""Forecasts of demand by product and partner, with their error and band, kept to be compared with what came."""
