"""What providers answer: the bytes of one answer in, its usage out; one module for each API."""
