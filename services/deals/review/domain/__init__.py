"""The rules of the review: completeness, territories, transitions, the decision clock; pure and synchronous."""
