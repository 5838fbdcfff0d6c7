"""Commands of this part, by subject."""
