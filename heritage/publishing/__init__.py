"""Collections and records for programs of others: REST, IIIF manifests, Linked Art. Read-only."""
