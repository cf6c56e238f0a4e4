"""Tests; a package, as a library that we test against installs a package of this name."""
