"""Writers of the sample archive: synthetic instrument data with exact truth."""
