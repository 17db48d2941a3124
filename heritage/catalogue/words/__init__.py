"""Finding records by words: as typed, as stemmed in their language, in part, and misspelt."""
