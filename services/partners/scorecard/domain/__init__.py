"""Models, scores, cards, runs, ratings and reviews; pure and synchronous."""
