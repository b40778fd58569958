"""The code that all services share; README.md lists which module may import which."""
