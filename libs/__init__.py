"""The parts that no service owns; see README.md for who may import whom."""
