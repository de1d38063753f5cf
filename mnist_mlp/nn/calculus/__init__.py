"""Derivatives of first to third order, and their checks against independent references."""
