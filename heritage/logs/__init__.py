"""What the log says: how a line is written, whose request or job it belongs to, and what it must not hold."""
