"""What stands between the rules and the library: how a rule depends, starts, ends and merges."""
