"""The only code that touches files: CDF, tables, models, manifests, atomic writes."""
