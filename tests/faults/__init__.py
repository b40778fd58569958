"""Things that break while there is work: nothing that was acknowledged is lost, nothing happens twice."""
