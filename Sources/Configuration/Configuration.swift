// Filled by the part's own files.
