"""The desk's pages: one file for each, with its addresses; templates, styles and scripts."""
