"""One module for each verb that writes."""
