"""`prm audit`: take the trail out of a cell, and check one that was taken. Holds nothing and serves nothing."""
