"""What Heritage Weaver is made of: a list of it for others, and whether any of it is known to be vulnerable."""
