"""Discord's REST API, one file per resource."""
