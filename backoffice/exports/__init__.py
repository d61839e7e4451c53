"""Exports of lists: which rows, which columns, which format."""
