"""How the built-in checkpoint atelier-tiny is made: drawn pictures, training, and the mascot of the demo."""
