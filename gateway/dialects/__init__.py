"""The APIs we speak: a folder each, none knows another, none has a rule of its own."""
