"""`prm broker`: the users, streams and durables of a broker that is not embedded."""
