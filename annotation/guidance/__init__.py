"""What helps annotators label alike, and tells whether they do: example, practice and gold pairs of a campaign."""
