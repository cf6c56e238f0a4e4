"""Pulsating aurora in THEMIS all-sky images: from frames to probabilities, intervals and occurrence."""
