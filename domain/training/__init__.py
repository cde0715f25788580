"""Trainings, their settings and the checkpoints that they adapt."""
