"""Fine-tuning a registered model on collections, and how heritage-mini was trained."""
