"""The static graph: which test may run or read which symbol, decided without running anything."""
