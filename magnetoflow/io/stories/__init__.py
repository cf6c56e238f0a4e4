"""The story of an event, told from the files of its results: for people, on standard output. No pandas."""
