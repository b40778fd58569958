"""The rules of the house as checks of the source; README.md lists them."""
