/// The vocabulary.
