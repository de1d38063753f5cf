"""Synthetic pictures: digits as people photograph, scan, draw and crop them, and pictures that show no digit.

glyphs: the strokes of a digit, from MNIST, splines or fonts. view, masks, raster, stationery: where each pixel looks,
what is drawn there, light and camera, pens and paper. photographs, scans, drawings, crops: the conditions under which
pictures are made. digits, nondigits: write the pictures. scoring, collection, rejection: use them.
"""
