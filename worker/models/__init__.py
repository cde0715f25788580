"""The model families that the worker trains and draws with; one adapter serves every UNet family."""
