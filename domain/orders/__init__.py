"""What a training and a drawing have in common."""
