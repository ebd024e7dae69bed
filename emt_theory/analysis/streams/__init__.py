"""Networks that answer while inputs last: which protocol a network follows, and its program as a linear filter or a machine."""
