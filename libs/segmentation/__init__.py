"""Divides partners or customers by revenue: classes by cumulated share, the Lorenz curve, life cycles; pure."""
