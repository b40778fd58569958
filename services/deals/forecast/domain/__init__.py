"""The rules of forecasts; pure and synchronous."""
