"""What this part does, by use case. Nothing here commits or sees a request."""
