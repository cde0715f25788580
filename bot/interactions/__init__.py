"""What commands, buttons, forms and messages share."""
