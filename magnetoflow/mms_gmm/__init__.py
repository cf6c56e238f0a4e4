"""Plasma regions from MMS ion spectra: features, Gaussian mixture, regions and crossings."""
