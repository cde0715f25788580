"""Discord's side of the wire."""
