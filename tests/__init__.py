"""The tests of the product; README.md describes each folder."""
