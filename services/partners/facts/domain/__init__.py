"""Facts about partners: what documents of other services said, what they count, and the sums; pure and synchronous."""
