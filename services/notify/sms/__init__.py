"""SMS: providers in an order that each country has for itself."""
