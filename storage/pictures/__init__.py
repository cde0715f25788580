"""Members' pictures, decoded only in child processes."""
