"""LoRAs in a UNet and in files."""
