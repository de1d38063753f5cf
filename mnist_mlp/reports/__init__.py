"""Results as pictures and HTML pages."""
