"""Tail reconnection: the region of a reconnection site that a spacecraft is in, by a recurrent network."""
