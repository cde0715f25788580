"""What runs from start to end beside the commands."""
