"""Pages of this part: for operators and machines, and those at the foot of every page."""
