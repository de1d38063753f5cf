"""Bytes that last: durable writes, the checkpoint file, the environment, digests."""
