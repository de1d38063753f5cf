"""Synthetic pictures: digits as people photograph, scan, draw and crop them, and pictures that show no digit.

glyphs        the strokes of a digit, from MNIST, splines or fonts
view, masks   where each pixel looks, and what is drawn there
raster        colours, noise, light, camera
stationery    pens, pencils and paper
photographs, scans, drawings, crops    the conditions under which a picture is made; conditions lists them
digits, nondigits                      write the pictures
scoring, collection, rejection         use them: accuracy, training data, the threshold of "unsure"
"""
