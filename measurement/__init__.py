"""How is a number made: pure functions on numbers, without Django, files, rounding or clock.

Import what you need from the module that is named after it, for example
``from measurement.paired import paired_change``.

=====================  ==========================================================================
module                 question
=====================  ==========================================================================
``inputs``             are these numbers finite, of the right shape, complete?
``scales``             how is a scale scored?
``scoring``            which score do these answers make?
``sums``               which exact sums can be merged, taken apart, and stored instead of rows?
``item_sums``          the same for the items of a scale
``exact``              how are whole numbers added up without rounding or overflow?
``paired``             how much did the same people change?
``unlinked``           how much did a group change of which we do not know who is who?
``effect_sizes``       how large is that change in standard deviations?
``evidence``           what may be said about it in words?
``individual``         how many people changed reliably?
``reliability``        do the items of a scale agree with each other, and over time?
``multiplicity``       what remains when many questions are asked at once?
``power``              how many pairs are needed?
``exposure``           how much strain has a person met?
``reference_line``     how many problems are usual for a given load?
``reactivity``         are there more or fewer problems than usual for the load?
``line_checks``        may that line be trusted, and is it fair to the burdened?
``mixed_line``         which line do all waves together give?
``windows``            how do repeated assessments become one number per person?
=====================  ==========================================================================
"""
