"""Why a message was not understood: names of the flags of a draft that say so, and codes of the policy's reasons.

None of these is a gap in the articles, so nobody is advised to write one.
"""

EMPTY = "empty"
OTHER_LANGUAGE = "other_language"
UNINTELLIGIBLE = "unintelligible"
NOT_UNDERSTOOD = frozenset((EMPTY, OTHER_LANGUAGE, UNINTELLIGIBLE))
