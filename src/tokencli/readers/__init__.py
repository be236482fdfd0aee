"""Log readers: records of other programs in, batches of calls out; each format is independent of the others."""
