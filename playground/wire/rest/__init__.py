"""The REST API of the playground, one file per resource."""
