"""How is a number made: pure functions on numbers, without Django, files, rounding or clock.

Import what you need from the module that is named after it, for example
``from measurement.paired import paired_change``.

======================  ==========================================================================
module                  question
======================  ==========================================================================
``inputs``              are these numbers finite, of the right shape, complete?
``scales``              how is a scale scored?
``scoring``             which score do these answers make?
``lookup``              the same for small codes, looked up
``sums``                which exact sums can be merged, taken apart, and stored instead of rows?
``item_sums``           the same for the items of a scale
``grouped_sums``        the same for many groups at once
``exact``               how are whole numbers added up without rounding or overflow?
``paired``              how much did the same people change?
``many``                and the people of each of many groups, at once?
``unlinked``            how much did a group change of which we do not know who is who?
``effect_sizes``        how large is that change in standard deviations?
``evidence``            what may be said about it in words?
``individual``          how many people changed reliably?
``reliability``         do the items of a scale agree with each other, and over time?
``multiplicity``        what remains when many questions are asked at once?
``power``               how many pairs are needed?
``exposure``            how much strain has a person met?
``reference_line``      how many problems are usual for a given load?
``line_sums``           which sums of exposure and problems make a line or a group mean?
``reactivity``          has a person more or fewer problems than usual for the load?
``group_reactivity``    and a group, and its change, from sums alone?
``line_checks``         may that line be trusted, and is it fair to the burdened?
``mixed_line``          which line do all waves together give?
``composite``           which index do several domains make?
``index_uncertainty``   how far does it depend on weights, aggregation and respondents?
``windows``             how do repeated assessments become one number per person?
``estimates``           how is a number told with its interval, and what is it an average of?
``cluster_summary``     what is kept of each workshop?
``intraclass``          how alike are people who were trained together, and what does that cost?
``clusters``            how much did people change who were trained in groups?
``least_squares``       which line goes through persons?
``robust``              which line, if people of a cluster are alike in an unknown way?
``mixed``               which line, if every cluster has its own level?
``permutation``         would the lot alone have made such a difference?
``shrinkage``           what to believe of a small community?
``funnel``              which community lies outside ordinary variation?
``comparison``          did people change more than others who waited?
``regression_to_mean``  how much of a change comes from choosing those in need?
``attrition``           who was lost, and could that turn the result?
``disclosure``          which counts are too small to show, and how are others rounded?
``attacker``            what can be derived about a hidden count?
``suppression``         which further cells must be hidden?
``differencing``        what do two releases, or two nested populations, give away?
``lasso``               which sparse network do these correlations suggest?
``networks``            which resources occur together, other things equal?
``network_stability``   would this network come out again?
``asset_map``           how many people name a place or person, and can reach it?
======================  ==========================================================================
"""
