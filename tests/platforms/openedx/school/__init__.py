"""What edx-platform would be around lti-consumer-xblock: people, courses, blocks, a gradebook."""
