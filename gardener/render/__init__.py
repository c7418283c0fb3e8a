"""A diagnosed run as a document: terminal, worklog, page, SARIF."""
