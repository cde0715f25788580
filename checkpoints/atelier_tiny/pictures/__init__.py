"""What atelier-tiny learns from, drawn with Pillow."""
