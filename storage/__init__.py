"""What Atelier keeps on disk, which is a database, a queue and files."""
