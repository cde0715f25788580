"""What keeps the data folder and the accounts in order."""
