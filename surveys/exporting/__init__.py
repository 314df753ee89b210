"""Answers out, for research: tables, codebook, scoring, linkage and the way back, in one ZIP."""
