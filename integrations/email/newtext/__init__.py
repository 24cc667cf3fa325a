"""What is new in a mail, and what it quotes: an explainable split of a text into kept and folded blocks.

Three steps: every line gets its features (`lines.py`, `evidence.py`); marks in them (`marks.py`, `endings.py`) make
blocks (`blocks.py`); each block is kept or folded, with a reason (`split.py`). The words of some thirty languages are
a table (`vocabulary.py`). When in doubt text counts as new: a quotation too much costs a glance, a customer's
sentence too few costs the answer.
"""

from integrations.email.newtext.split import Decision, Forwarded, Split, split, without_forward_mark

__all__ = ["Decision", "Forwarded", "Split", "split", "without_forward_mark"]
