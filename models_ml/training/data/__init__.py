"""What training reads: records, items, pixels, twins, and the folder that carries them."""
