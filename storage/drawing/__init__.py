"""Tables of drawings."""
