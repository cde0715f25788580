"""Discord's gateway, which sends events over WebSockets."""
