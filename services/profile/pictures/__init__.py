"""Pictures: uploaded with a ticket, drawn anew, kept in an object store."""
