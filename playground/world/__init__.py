"""The state of a playground, without knowledge of protocols and acts."""
