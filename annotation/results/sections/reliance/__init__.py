"""How far the answers, and the answer, can be relied on. Pure."""
