"""The process that trains and draws; the only place that imports torch."""
