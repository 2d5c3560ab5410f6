"""Reports: questions about many incidents at once. They read only, and count only what their reader may see."""
