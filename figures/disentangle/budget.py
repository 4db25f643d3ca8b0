"""How networks of the published figures are trained: figures share them, for what is trained is kept."""

from typing import Any

# The best that some fifteen seconds a network give. Much less, and networks with more tasks generalise worse, not
# better.
RECURRENT: dict[str, Any] = {"seeds": 5, "updates": 3000, "rate": 0.003}
# Networks whose updates take four times as long, and learn from fewer.
GATED: dict[str, Any] = {"seeds": 5, "updates": 600, "rate": 0.003}
QUICK: dict[str, Any] = {"seeds": 3, "updates": 600, "rate": 0.01, "batch": 64, "trials": 1500}

_ELSE = ("The loss counts the decision alone and states are read at the end of the evidence; published: ½ as target "
         "before the decision, 100,000 batches of 16 at a rate of .001. Rates fall to 0 as a cosine. The published "
         "decoder, 3,000 steps of Adam, sees states scaled to a root mean square of 1.")
TRAINED = f"Trained on 3,000 batches of 128 at a rate of .003 (quick: 600 of 64 at .01). {_ELSE}"
TRAINED_BOTH = ("Trained on batches of 128 at a rate of .003: recurrent networks on 3,000, LSTM and transformer on 600 "
                f"(quick: 600 of 64 at .01; 200, transformer at .003). {_ELSE}")
