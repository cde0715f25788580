"""What Atelier keeps: one SQLite database, one queue file, and files by content hash."""
