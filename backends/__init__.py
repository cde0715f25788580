"""Places that train and draw, one file each, all to the contract in `base.py`."""
