"""What a training made."""
