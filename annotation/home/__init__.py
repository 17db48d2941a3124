"""The first page of annotators and of leads."""
