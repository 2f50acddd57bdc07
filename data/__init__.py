"""Sources, validation, the event store, regions and months: everything that feeds the system."""
