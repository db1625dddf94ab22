"""What others would write: the baselines of the page bench. They run as content of the sandbox's Connect, as we do."""
