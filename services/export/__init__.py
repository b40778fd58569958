"""`prm export`: take the package of a person's request out of a cell, and check one. Holds nothing, serves nothing."""
