"""How far people agree: in per cent, beyond chance, and who takes what for what. Pure."""
