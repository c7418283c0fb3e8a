"""From a report to findings: failures grouped by root cause, named, judged and ordered."""
