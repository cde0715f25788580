"""What members do with Discord's client, and what they see after it."""
