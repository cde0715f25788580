"""Members' pictures: decoded, cleaned and drawn into sheets only in child processes."""
