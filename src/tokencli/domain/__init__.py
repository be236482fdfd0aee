"""Values and invariants: the words of the house, in the standard library only."""
