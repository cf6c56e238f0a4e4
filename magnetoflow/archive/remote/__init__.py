"""The public archives: what they list, and files brought from them, each checked before it has its name."""
