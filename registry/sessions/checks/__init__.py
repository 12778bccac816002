"""The rules for clients, behind `counsel sessions lint`."""
