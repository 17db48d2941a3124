"""The audit log: who logged in, looked, exported, changed, deleted. Written at the edges, read by administrators."""
