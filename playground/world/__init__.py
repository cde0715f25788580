"""What exists in the playground, without a word about how it travels."""
