"""What each test executed before, kept, and weighed against the tree of today."""
