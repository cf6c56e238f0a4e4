"""Reproducible machine learning for magnetospheric physics.

Importing this package is cheap: it imports neither numpy nor any study.
"""

__version__ = "0.1.0"
