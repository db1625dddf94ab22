"""How dashboards are drawn: their list, the frame of one, its filters, and what is in its tiles."""
