"""The overview table of a study: one row per event, with the same columns in all studies."""
