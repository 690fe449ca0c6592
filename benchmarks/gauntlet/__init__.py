"""The gauntlet: seeded copies and look-alikes with their truth, and the score of what finds them."""
