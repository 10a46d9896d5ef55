"""The child that looks at a file: mounted into the sandbox by itself, it imports nothing of ours from outside."""
