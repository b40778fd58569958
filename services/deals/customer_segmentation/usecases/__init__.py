"""Use cases of the segmentation of end customers: the rule, the runs, and what they found."""
