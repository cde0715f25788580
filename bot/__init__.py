"""The Discord process around the commands."""
