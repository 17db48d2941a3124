"""The one process of a machine that turns what people search for into vectors, and how it is asked."""
