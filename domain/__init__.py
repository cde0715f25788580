"""What Atelier knows and decides, in plain Python without any I/O."""
