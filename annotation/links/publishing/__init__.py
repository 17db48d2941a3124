"""Links for programs of those who may see them: REST, and each pair as a IIIF manifest."""
