"""The report: numbers of finished results in captions, a front page per study, a start page.

Light on purpose, as the Snakefile imports it for every job: the standard library only.
"""
