"""Digits that other people collected or printed, and the tools that people read them with.

formats: the files of each set, as its makers distribute them. find: the sets in a directory. fonts: printed digits.
measure: how well a checkpoint reads a set. tools: how well other tools read it.
"""
