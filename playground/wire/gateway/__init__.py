"""The gateway of the playground."""
