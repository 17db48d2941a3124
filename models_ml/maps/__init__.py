"""Maps: all records of a model as points in two dimensions, those that it finds alike near each other."""
