"""Measures what the project claims: `python -m bench` runs everything, `python -m bench transcode` one part of it.

Each runs our way and the best known other way in turns, in one session, because only ratios of such runs mean anything
on a machine that others use too.
"""
