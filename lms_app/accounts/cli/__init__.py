"""Commands about units and people; each file has those of its subject."""
