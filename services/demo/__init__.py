"""`prm demo`: plays the life of a deal on a fresh cell, through an ordinary client."""
