"""Models: registering, embedding, fine-tuning and evaluating them."""

import os

# Read when huggingface_hub is imported. Without a network it would log every retry, and ours is the one sentence that
# says what to do.
os.environ.setdefault("HF_HUB_VERBOSITY", "error")
