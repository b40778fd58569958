"""The rules of campaigns, participations, touches and their attribution."""
