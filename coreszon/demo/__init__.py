"""An invented Hamburg programme, the same from the same seed, marked as invented everywhere."""
