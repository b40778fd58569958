"""`prm demo`: the life of a deal, played on a fresh cell by an ordinary client."""
