"""What the tables of trainings and of drawings have in common."""
