"""The main job as a story that plays by itself, offline."""
