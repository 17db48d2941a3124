"""Pages: each view loads, authorises, calls one action or query, and answers."""
