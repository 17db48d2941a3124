"""Sets of records: what somebody chose on a map or in a search, kept to be searched, sampled and learnt from."""
