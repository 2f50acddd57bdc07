"""Files of the VIEWS prediction challenge: outcomes, forecasts, histories and their regions."""
