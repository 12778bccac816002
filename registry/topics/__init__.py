"""What counselors talk about: remarks, a topic model over them (BERTopic), the map of topics to groups, and its checks."""
