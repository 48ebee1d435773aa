"""The three services. Each owns its data; they meet only over HTTP and nudges."""
