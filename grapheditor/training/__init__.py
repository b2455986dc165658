"""The torch side of learning: data, batches, the loop, run folders and their checkpoints."""
