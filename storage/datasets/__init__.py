"""Tables of datasets, their pictures and pending uploads."""
