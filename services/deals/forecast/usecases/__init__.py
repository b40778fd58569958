"""The use cases of forecasts."""
