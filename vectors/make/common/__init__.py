"""The pieces that several vector files share. Nothing of kmcrypto is imported here."""
