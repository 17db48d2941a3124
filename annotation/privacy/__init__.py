"""What is known of a person: handed out to them, and erased, while what they answered stays."""
