"""From models to a risk table: draws, levels, reasons, facts, the headline of a month."""
