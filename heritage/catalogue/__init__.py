"""Collections and records: importing, fetching their pictures, reading them."""
