"""Discord's protocols, which are gateway, REST and CDN."""
