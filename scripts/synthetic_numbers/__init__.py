"""Synthetic numbers: pictures with several digits, as people write them on paper, in forms and on screens.

writers: the digits of one person. lines: how they stand beside each other. sheet: lines of digits in a view, their ink
and their boxes. strings, papers, photographs, pages, mixed: the conditions under which pictures are made. sets: writes
them and their truth. scoring: how well they are read. collection, pairs: the data sets of the segmentation network
and of the pair network.
"""
