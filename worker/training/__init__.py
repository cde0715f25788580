"""How a LoRA is trained."""
