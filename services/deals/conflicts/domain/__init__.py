"""The rules of conflicts: match keys, slots, scores, accounts of open claims; pure and synchronous."""
