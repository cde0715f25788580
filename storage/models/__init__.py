"""Tables of models."""
