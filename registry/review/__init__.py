"""Reading the open banks item by item: lots drawn for a check, and a kit of pages and verdicts for clinicians."""
