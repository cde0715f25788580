"""Checkpoints that this project made, and the code that makes them."""
