"""Free packages into labelled training items."""
