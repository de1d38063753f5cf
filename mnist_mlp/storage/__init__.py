"""Files that last: durable writes, the checkpoint format, environment, digests."""
