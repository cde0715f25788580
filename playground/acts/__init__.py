"""What members do with Discord's client."""
