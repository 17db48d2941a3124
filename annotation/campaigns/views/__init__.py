"""Pages on which leads make, watch and staff campaigns."""
