"""The two drawn museums of the demonstration: objects, pictures, catalogue texts, and what is true of them."""
