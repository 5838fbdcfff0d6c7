"""Reading and changing rows of this part, by use case."""
