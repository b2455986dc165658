"""How a number of a network came about: from which numbers, by which arithmetic."""
