"""What the flags of claims_v1.json mean."""

from ..common.vector_file import Note

NOTES = {
    "Encrypted": Note("S11", "Encrypted requests: claimed by their crypto key id and their MAC."),
    "Plain": Note("S11", "Plain requests: by access key, correlation id and MAC."),
    "UniqueBody": Note("S11", "Plain bodies that the API calls unique: by their MAC alone."),
    "Kinds": Note("S11.1", "Plain, unique and encrypted requests of one receiver: labels apart."),
    "KeyId": Note("S11.2", "Copies under another crypto key id, of another pair or of the same."),
    "Owner": Note("S11.3", "Two projects at one gateway."),
    "Lifetime": Note("S11.4", "Copies just before, just at and just after the end of a claim."),
    "Callback": Note("S11.1", "Callbacks, in whose claims the project's access key stands."),
    "NoClaim": Note(
        "S12", "A request that ends before the claim claims nothing; one behind it does."
    ),
}
