"""The built-in checkpoint atelier-tiny with its weights, pictures and training."""
