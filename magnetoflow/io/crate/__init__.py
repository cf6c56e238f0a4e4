"""``run.json``: what the results of a study were made from, as an RO-Crate."""
