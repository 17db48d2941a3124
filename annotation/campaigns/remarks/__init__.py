"""What annotators remark on pairs and records: skips, unsure answers, broken records, comments. For leads."""
