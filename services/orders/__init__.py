"""What looks after the orders of both kinds."""
