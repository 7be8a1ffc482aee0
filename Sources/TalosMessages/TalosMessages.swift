enum TalosMessages {}
