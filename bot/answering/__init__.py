"""The answering engine: knowledge base, retrieval, calibrated confidence, built-in answers and guardrails.

Its matrices are so small that a second thread only makes each product slower, many times so on a busy machine.
The linear algebra library reads its number of threads once, when numpy is first imported.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
