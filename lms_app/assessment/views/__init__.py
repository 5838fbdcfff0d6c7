"""Pages of this part: attempts at a test, self-checks of a lesson."""
