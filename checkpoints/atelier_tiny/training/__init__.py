"""How atelier-tiny is trained and written."""
