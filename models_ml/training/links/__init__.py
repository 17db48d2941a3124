"""Learning from pairs of records that experts answered: batches, their loss, folds, the stage after captions."""
