"""The gauntlet: seeded copies and look-alikes with their truth, and a score of who finds them."""
