"""The command line: options to typed answers, prompts, what is shown, and the one error boundary."""
